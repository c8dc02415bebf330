# Models of days absent (quine, MASS): Poisson with sandwich errors, NB2, zero-inflated, hurdle.
# Run in this folder: Rscript counts.R   (R 4, MASS, pscl, sandwich, jsonlite)
library(MASS)
library(pscl)
library(sandwich)
library(jsonlite)

quine <- read.csv("quine_absence.csv", stringsAsFactors = TRUE)
# An exposure and a person with several rows, both made from the order of the rows.
quine$term <- 40 + seq_len(nrow(quine)) %% 7
quine$family <- (seq_len(nrow(quine)) * 7) %% 50
f <- Days ~ Eth + Sex + Age + Lrn
g <- Days ~ Eth + Sex + offset(log(term))
strict <- glm.control(epsilon = 1e-14, maxit = 200)
told <- function(fit, errors = sqrt(diag(vcov(fit)))) {
  list(term = names(coef(fit)), estimate = unname(coef(fit)), std_error = unname(errors),
       log_likelihood = as.numeric(logLik(fit)))
}

pois <- glm(f, poisson, quine, control = strict)
exposed <- glm(g, poisson, quine, control = strict)
nb <- glm.nb(f, quine, control = strict)
nb_exposed <- glm.nb(g, quine, control = strict)
tight <- zeroinfl.control(EM = FALSE, reltol = 1e-15, maxit = 10000)
tight_hurdle <- hurdle.control(reltol = 1e-15, maxit = 10000)
h <- Days ~ Eth + Sex | Eth
zip <- zeroinfl(h, quine, dist = "poisson", control = tight)
zip_exposed <- zeroinfl(Days ~ Eth + Sex | 1, quine, offset = log(term), control = tight)
hur <- hurdle(Days ~ Eth + Sex, quine, control = tight_hurdle)

mu <- fitted(pois)
y <- quine$Days
z <- sum((y - mu)^2 - y) / sqrt(2 * sum(mu^2))
with_theta <- function(fit) c(told(fit), list(theta = fit$theta, theta_std_error = fit$SE.theta))

# Counts with known zero inflation and dispersion, which NB2 alone does not fit.
set.seed(4)
n <- 900
made <- data.frame(group = rep(c("a", "b", "c"), n / 3))
made$y <- ifelse(runif(n) < c(0.2, 0.4, 0.3)[match(made$group, letters)], 0,
                 rnbinom(n, mu = c(2, 3, 5)[match(made$group, letters)], size = 1.5))
zinb <- zeroinfl(y ~ group | group, made, dist = "negbin", control = tight)

write_json(
  list(
    source = paste("MASS", packageVersion("MASS"), "pscl", packageVersion("pscl"), "sandwich",
                   packageVersion("sandwich"), R.version.string),
    poisson_robust = told(pois, sqrt(diag(vcovHC(pois, "HC1")))),
    poisson_clustered = told(exposed, sqrt(diag(vcovCL(exposed, quine$family, type = "HC1")))),
    nb2 = with_theta(nb), nb2_exposed = with_theta(nb_exposed),
    zip = told(zip), zip_exposed = told(zip_exposed), hurdle = told(hur),
    zinb = c(told(zinb), list(theta = zinb$theta, log_theta_std_error = zinb$SE.logtheta)),
    score_test = z, score_p = pnorm(z, lower.tail = FALSE),
    dispersion = sum((y - mu)^2 / mu) / pois$df.residual,
    made = list(group = made$group, y = made$y)
  ),
  "counts.json", digits = NA, auto_unbox = TRUE
)
