# Writes rubin.json: estimates of five imputations combined by the R packages mice (with Barnard
# and Rubin's degrees of freedom) and mitools. Run in this folder: Rscript rubin.R (R 4 with mice,
# mitools and jsonlite).
suppressMessages({library(mitools); library(mice); library(jsonlite)})
cases <- list(
  list(estimates = c(0.42, 0.45, 0.39, 0.44, 0.41), errors = c(0.021, 0.022, 0.020, 0.023, 0.021), df = 38),
  list(estimates = c(2.5, 2.9, 2.2, 3.1, 2.7), errors = c(0.1, 0.12, 0.11, 0.1, 0.13), df = 12),
  list(estimates = c(10.01, 10.02, 10, 10.01, 9.9), errors = c(1, 1.1, 0.9, 1, 1), df = 374),
  list(estimates = c(-1, 1, 0, 2, -2), errors = c(0.01, 0.01, 0.01, 0.01, 0.01), df = 3))
one <- function(case) {
  pooled <- pool.scalar(case$estimates, case$errors^2, n = case$df + 1, k = 1)
  other <- MIcombine(as.list(case$estimates), as.list(case$errors^2), df.complete = case$df)
  c(case, list(estimate = pooled$qbar, error = sqrt(pooled$t), free = pooled$df,
               share = (1 + 1 / pooled$m) * pooled$b / pooled$t,
               mitools = list(estimate = unname(coef(other)), error = sqrt(drop(vcov(other))), free = unname(other$df))))
}
write(toJSON(list(mice = as.character(packageVersion("mice")), mitools = as.character(packageVersion("mitools")),
                  cases = lapply(cases, one)), digits = NA, auto_unbox = TRUE), "rubin.json")
