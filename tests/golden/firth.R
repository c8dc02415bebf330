# Firth's penalised logit of an attendance log in which one group never came, by brglm2 (mean
# bias reduction, which for a logit is Jeffreys' penalty). Limits are the roots of the penalised
# profile likelihood, found here by uniroot over refits with an offset.
# Run in this folder: Rscript firth.R   (R 4, brglm2, jsonlite)
library(brglm2)
library(jsonlite)

set.seed(20)
n <- 90
log <- data.frame(
  ethnicity = rep(c("Black African", "Black Caribbean", "Other White", "Portuguese"),
                  c(40, 30, 12, 8)),
  format = sample(c("formal", "informal"), n, TRUE)
)
lean <- c(-0.2, 0.6, -0.4, -20)[match(log$ethnicity, unique(log$ethnicity))]
log$attended <- as.integer(runif(n) < plogis(lean + 0.5 * (log$format == "informal")))

strict <- list(epsilon = 1e-12, maxit = 10000)
fit <- glm(attended ~ ethnicity + format, binomial, log, method = "brglmFit", type = "AS_mean",
           control = strict)
x <- model.matrix(fit)
penalised <- function(beta) {
  eta <- drop(x %*% beta)
  w <- plogis(eta) * plogis(-eta)
  sum(log$attended * eta - log1p(exp(eta))) + determinant(crossprod(x, w * x))$modulus[1] / 2
}
top <- penalised(coef(fit))
# Highest penalised likelihood with one coefficient held: the penalty keeps all columns of x.
profile <- function(j, value) {
  free <- coef(fit)[-j]
  held <- function(rest) {
    beta <- numeric(ncol(x))
    beta[j] <- value
    beta[-j] <- rest
    -penalised(beta)
  }
  best <- optim(free, held, method = "BFGS", control = list(reltol = 1e-15, maxit = 5000))
  -best$value
}
limit <- function(j, side) {
  gap <- function(value) top - profile(j, value) - qchisq(0.95, 1) / 2
  far <- coef(fit)[j] + side * 12
  uniroot(gap, sort(c(coef(fit)[j], far)), tol = 1e-9)$root
}
p_value <- function(j) pchisq(2 * (top - profile(j, 0)), 1, lower.tail = FALSE)

each <- seq_along(coef(fit))
write_json(
  list(
    source = paste("brglm2", packageVersion("brglm2"), R.version.string),
    log = log,
    term = names(coef(fit)), estimate = unname(coef(fit)),
    std_error = unname(sqrt(diag(vcov(fit)))),
    p_value = sapply(each, p_value),
    conf_low = sapply(each, limit, side = -1), conf_high = sapply(each, limit, side = 1),
    log_likelihood = top
  ),
  "firth.json", digits = NA, auto_unbox = TRUE, pretty = TRUE
)
