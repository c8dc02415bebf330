# Population-averaged logit of an attendance log with unequal numbers of meetings (geepack).
# Run in this folder: Rscript gee.R   (R 4, geepack, jsonlite)
library(geepack)
library(jsonlite)

set.seed(11)
who <- rep(seq_len(120), sample(1:9, 120, TRUE))
n <- length(who)
log <- data.frame(
  who = who, group = sample(c("a", "b", "c"), 120, TRUE)[who],
  format = sample(c("formal", "informal"), n, TRUE)
)
lean <- rnorm(120, 0, 1)[who]
log$attended <- rbinom(n, 1, plogis(-0.3 + 0.6 * (log$group == "b") - 0.5 * (log$format == "formal") + lean))
told <- function(structure) {
  fit <- geeglm(attended ~ group + format, binomial, log, id = who, corstr = structure,
                control = geese.control(epsilon = 1e-13, maxit = 500))
  s <- summary(fit)
  list(term = names(coef(fit)), estimate = unname(coef(fit)),
       std_error = s$coefficients[["Std.err"]], correlation = fit$geese$alpha[[1]],
       scale = fit$geese$gamma[[1]])
}
exchangeable <- told("exchangeable")
fit <- geeglm(attended ~ group + format, binomial, log, id = who, corstr = "independence",
              control = geese.control(epsilon = 1e-13, maxit = 500))
write_json(
  list(
    source = paste("geepack", packageVersion("geepack"), R.version.string), data = log,
    exchangeable = exchangeable,
    independence = list(term = names(coef(fit)), estimate = unname(coef(fit)),
                        std_error = summary(fit)$coefficients[["Std.err"]])
  ),
  "gee.json", digits = NA, auto_unbox = TRUE
)
