# Panel models of investment by ten firms (Grunfeld, plm): within, random effects (Swamy and
# Arora), first differences, and Hausman's test.
# Run in this folder: Rscript panels.R   (R 4, plm, jsonlite)
suppressMessages(library(plm))
library(jsonlite)
data("Grunfeld", package = "plm")
f <- inv ~ value + capital
told <- function(fit) {
  arellano <- sqrt(diag(vcovHC(fit, method = "arellano", type = "HC0", cluster = "group")))
  list(term = names(coef(fit)), estimate = unname(coef(fit)),
       std_error = unname(sqrt(diag(vcov(fit)))), clustered = unname(arellano))
}
within <- plm(f, Grunfeld, index = c("firm", "year"), model = "within")
random <- plm(f, Grunfeld, index = c("firm", "year"), model = "random", random.method = "swar")
difference <- plm(update(f, . ~ . - 1), Grunfeld, index = c("firm", "year"), model = "fd")
h <- phtest(within, random)
# Firms with unlike numbers of years.
uneven <- Grunfeld[!(Grunfeld$year < 1934 + Grunfeld$firm), ]
write_json(
  list(
    source = paste("plm", packageVersion("plm"), R.version.string),
    data = Grunfeld[, c("firm", "year", "inv", "value", "capital")],
    within = told(within), random = told(random), difference = told(difference),
    theta = ercomp(random)$theta, hausman = unname(h$statistic), df = unname(h$parameter),
    p_value = unname(h$p.value),
    uneven = told(plm(f, uneven, index = c("firm", "year"), model = "random", random.method = "swar"))
  ),
  "panels.json", digits = NA, auto_unbox = TRUE
)
