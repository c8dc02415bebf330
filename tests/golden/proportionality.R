# Score tests of proportional hazards (cox.zph of survival 3, one per term and all together, on the
# logarithm of time) for lung cancer in days and in months of thirty days, which makes many ties.
# Run in this folder: Rscript proportionality.R   (R 4, survival 3, jsonlite)
library(survival)
library(jsonlite)

data <- na.omit(with(lung, data.frame(days = time, event = status - 1, sex = sex,
                                      age = age / 10, ecog = ph.ecog)))
data$months <- data$days %/% 30 + 1
tested <- function(time, ties) {
  data$time <- data[[time]]
  fit <- coxph(Surv(time, event) ~ sex + age + ecog, data, ties = ties,
               control = coxph.control(eps = 1e-14, iter.max = 100))
  found <- cox.zph(fit, transform = "log", terms = FALSE, global = TRUE)$table
  list(term = rownames(found), statistic = unname(found[, "chisq"]),
       p_value = unname(found[, "p"]))
}
write_json(
  list(source = paste("survival", packageVersion("survival"), R.version.string), data = data,
       days = tested("days", "efron"), months = tested("months", "efron"),
       breslow = tested("days", "breslow")),
  "proportionality.json", digits = NA, auto_unbox = TRUE
)
