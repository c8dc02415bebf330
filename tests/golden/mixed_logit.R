# Random-intercept logits by adaptive Gauss-Hermite quadrature with 25 nodes, from lme4:
# a log of 150 people with formal and informal meetings, one of twelve regulars, and lme4's own
# herds (cbpp), and meetings with effects of their own as fixed terms. Data stand in cells (person, covariates, trials, successes) beside the results.
# Variance limits are by profile likelihood over refits (uniroot, below).
# Run in this folder: Rscript mixed_logit.R   (R 4, lme4, jsonlite)
library(lme4)
library(jsonlite)

set.seed(6)
make_log <- function(people, sd) {
  who <- rep(seq_len(people), each = 2)
  group <- rep(sample(c("Black African", "Portuguese", "White British"), people, TRUE), each = 2)
  format <- rep(c("formal", "informal"), people)
  trials <- rep(rpois(people, 6) + 1, each = 2) + rpois(2 * people, 1)
  eta <- -0.6 + 0.7 * (group == "White British") + 0.5 * (format == "informal") +
    rep(rnorm(people, 0, sd), each = 2)
  data.frame(who, group, format, trials, successes = rbinom(length(who), trials, plogis(eta)))
}
# Bernoulli rows, so that the log-likelihood has no binomial coefficients.
rows <- function(cells) {
  out <- cells[rep(seq_len(nrow(cells)), cells$trials), ]
  out$attended <- unlist(Map(function(k, m) rep(1:0, c(k, m - k)), cells$successes, cells$trials))
  out
}
control <- glmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 1e5, rhoend = 1e-9))
fitted_with <- function(formula, cells) {
  data <- rows(cells)
  fit <- glmer(formula, data, binomial, nAGQ = 25, control = control)
  deviance_at <- update(fit, devFunOnly = TRUE)
  free <- fixef(fit)
  profile <- function(sd) {
    best <- optim(free, function(b) deviance_at(c(sd, b)), method = "BFGS",
                  control = list(reltol = 1e-14, maxit = 2000))
    best$value
  }
  sd <- sqrt(VarCorr(fit)$who[1])
  low <- deviance_at(c(sd, free))
  gap <- function(x) profile(x) - low - qchisq(0.95, 1)
  limit <- function(interval) uniroot(gap, interval, tol = 1e-7)$root
  lower <- if (gap(1e-4) < 0) 0 else limit(c(1e-4, sd))
  deviation <- ranef(fit, condVar = FALSE)$who
  list(
    cells = cells, term = names(free), estimate = unname(free),
    std_error = unname(sqrt(diag(vcov(fit)))),
    sd = sd, sd_low = lower, sd_high = limit(c(sd, sd * 4 + 1)),
    log_likelihood = as.numeric(logLik(fit)),
    deviation = deviation[as.character(unique(cells$who)), 1]
  )
}
herds <- with(cbpp, data.frame(who = as.integer(herd), period = paste0("p", period),
                               trials = size, successes = incidence))
regulars <- make_log(12, 1.5)
make_crossed <- function(people, meetings, sd) {
  cells <- expand.grid(meeting_id = paste0("m", seq_len(meetings)), who = seq_len(people),
                       stringsAsFactors = FALSE)
  group <- sample(c("Female", "Male"), people, TRUE)
  cells$group <- group[cells$who]
  eta <- rnorm(people, 0, sd)[cells$who] - 0.5 * (cells$group == "Male") +
    rnorm(meetings, 0, 0.7)[match(cells$meeting_id, unique(cells$meeting_id))]
  cells$trials <- 1L
  cells$successes <- rbinom(nrow(cells), 1, plogis(eta))
  cells
}
write_json(
  list(
    source = paste("lme4", packageVersion("lme4"), R.version.string),
    estate = fitted_with(attended ~ group + format + (1 | who), make_log(150, 0.9)),
    regulars = fitted_with(attended ~ format + (1 | who), regulars),
    herds = fitted_with(attended ~ period + (1 | who), herds),
    crossed = fitted_with(attended ~ group + meeting_id + (1 | who), make_crossed(60, 8, 1.1))
  ),
  "mixed_logit.json", digits = NA, auto_unbox = TRUE, pretty = FALSE
)
