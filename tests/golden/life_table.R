# Life tables of lung cancer patients by sex, in the intervals given (KMsurv::lifetab).
# Run in this folder: Rscript life_table.R   (R 4, survival, KMsurv, jsonlite)
library(survival)
library(KMsurv)
library(jsonlite)

lung <- na.omit(survival::lung[, c("time", "status", "sex", "age", "ph.ecog")])
lung <- lung[lung$ph.ecog < 3, ]
# Months, so that no time is a whole number: who is censored counts for half of an interval.
months <- lung$time / 30.4375
ends <- c(5.5, 10.25, 15.75, 34)
tables <- lapply(split(data.frame(months, dead = lung$status - 1), lung$sex), function(d) {
  at <- cut(d$months, c(0, ends), labels = FALSE)
  dead <- tabulate(at[d$dead == 1], length(ends))
  lost <- tabulate(at[d$dead == 0], length(ends))
  table <- lifetab(c(0, ends), nrow(d), lost, dead)
  # lifetab tells the share at the start of an interval: the last but one row ends the last but one.
  list(n_risk = table$nsubs, n_event = dead, n_censor = lost, surv = table$surv[-1],
       std_err = table$se.surv[-1])
})
write_json(
  list(
    source = paste("KMsurv", packageVersion("KMsurv"), R.version.string),
    ends = ends, male = tables[["1"]], female = tables[["2"]]
  ),
  "life_table.json", digits = NA, auto_unbox = TRUE
)
