# Survival of lung cancer patients (survival): curves, log-rank tests, proportional
# hazards with Efron's and Breslow's ties, and discrete hazards on person-periods of 90 days.
# Run in this folder: Rscript retention.R   (R 4, survival, jsonlite)
library(survival)
library(jsonlite)

lung <- na.omit(survival::lung[, c("time", "status", "sex", "age", "ph.ecog")])
lung <- lung[lung$ph.ecog < 3, ]
d <- data.frame(duration = lung$time, event = lung$status - 1,
                sex = c("male", "female")[lung$sex], age = lung$age,
                ecog = paste("grade", lung$ph.ecog))
curve <- survfit(Surv(duration, event) ~ sex, d, conf.type = "log-log")
one <- survfit(Surv(duration, event) ~ 1, d, conf.type = "log-log", conf.int = 0.9)
told <- function(s) {
  list(strata = if (is.null(s$strata)) list() else names(s$strata), sizes = as.integer(s$strata),
       time = s$time, n_risk = s$n.risk, n_event = s$n.event, n_censor = s$n.censor,
       surv = s$surv, std_err = summary(s, times = s$time, extend = TRUE)$std.err,
       greenwood = s$std.err, lower = s$lower, upper = s$upper)
}
two <- survdiff(Surv(duration, event) ~ sex, d)
three <- survdiff(Surv(duration, event) ~ ecog, d)
coarse <- transform(d, duration = ceiling(duration / 90))
f <- Surv(duration, event) ~ sex + ecog + age
strict <- coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 100)
cox <- function(data, ties) {
  fit <- coxph(f, data, ties = ties, control = strict)
  list(term = names(coef(fit)), estimate = unname(coef(fit)),
       std_error = unname(sqrt(diag(vcov(fit)))), log_likelihood = fit$loglik[2])
}
rows <- coarse[rep(seq_len(nrow(coarse)), coarse$duration), ]
rows$period <- sequence(coarse$duration)
rows$stop <- as.integer(rows$period == rows$duration & rows$event == 1)
discrete <- function(link) {
  fit <- glm(stop ~ log(period) + sex + ecog + age, binomial(link), rows,
             control = glm.control(epsilon = 1e-14, maxit = 100))
  list(term = names(coef(fit)), estimate = unname(coef(fit)),
       std_error = unname(sqrt(diag(vcov(fit)))), log_likelihood = as.numeric(logLik(fit)))
}
write_json(
  list(
    source = paste("survival", packageVersion("survival"), R.version.string),
    data = d, by_sex = told(curve), everybody = told(one),
    medians = unname(summary(curve)$table[, "median"]),
    log_rank_sex = list(chisq = two$chisq, p = two$pvalue, expected = two$exp),
    log_rank_ecog = list(chisq = three$chisq, p = three$pvalue, expected = three$exp),
    efron = cox(coarse, "efron"), breslow = cox(coarse, "breslow"),
    logit = discrete("logit"), cloglog = discrete("cloglog")
  ),
  "retention.json", digits = NA, auto_unbox = TRUE
)
