# Writes estimation.json: estimates of R's survey package for the api samples in api/.
# Run in this folder: Rscript estimation.R (R 4.2 or later with survey and jsonlite).
suppressMessages({library(survey); library(jsonlite)})
read <- function(name) {
  d <- read.csv(file.path("api", paste0(name, ".csv")), colClasses = c(cds = "character"))
  for (v in c("stype", "sch.wide", "awards", "comp.imp", "both", "yr.rnd")) if (v %in% names(d)) d[[v]] <- factor(d[[v]])
  d
}
samples <- lapply(c(apisrs = "apisrs", apistrat = "apistrat", apiclus1 = "apiclus1", apiclus2 = "apiclus2"), read)
# apistrat with clusters: districts are drawn within a type of school (clusters numbered anew).
designs <- list(
  srs = svydesign(ids = ~1, weights = ~pw, fpc = ~fpc, data = samples$apisrs),
  strat = svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = samples$apistrat),
  clus1 = svydesign(ids = ~dnum, weights = ~pw, fpc = ~fpc, data = samples$apiclus1),
  clus2 = svydesign(ids = ~dnum, weights = ~pw, data = samples$apiclus2),
  nested = svydesign(ids = ~dnum, strata = ~stype, weights = ~pw, data = samples$apistrat, nest = TRUE))
domains <- list(character(0), "stype", "awards", c("sch.wide", "awards"))
out <- list(survey = as.character(packageVersion("survey")))
add <- function(list, entry) c(list, list(entry))
cells <- function(design, by) {
  # The domains that occur, in the order of their levels.
  if (!length(by)) return(list(list(name = "", rows = rep(TRUE, nrow(design)))))
  keys <- do.call(paste, c(lapply(by, function(v) as.character(design$variables[[v]])), sep = " \u00d7 "))
  missing <- Reduce(`|`, lapply(by, function(v) is.na(design$variables[[v]])))
  lapply(sort(unique(keys[!missing])), function(k) list(name = k, rows = !missing & keys == k))
}
one <- function(design, statistic, value, rows, denominator = NULL) {
  answered <- rows & !is.na(design$variables[[value]])
  d <- subset(design, answered)
  f <- reformulate(value)
  r <- switch(statistic, mean = svymean(f, d, deff = "replace"), total = svytotal(f, d, deff = "replace"),
              ratio = svyratio(f, reformulate(denominator), d, deff = "replace"))
  # The raw rows: calibrated designs keep them with weight 0.
  list(n = sum(answered), missing = sum(rows) - sum(answered), estimate = unname(coef(r)),
       std_error = unname(as.vector(SE(r))),
       design_effect = unname(if (statistic == "ratio") as.vector(attr(r, "deff")) else as.vector(deff(r))),
       df = degf(d), low = confint(r, df = degf(d))[1, 1], high = confint(r, df = degf(d))[1, 2])
}
rows_of <- function(designs, domains, statistics, values = c("api00", "enroll")) {
  found <- list()
  for (name in names(designs)) for (by in domains) for (statistic in statistics) for (value in values) {
    design <- designs[[name]]
    if (statistic == "ratio" && value != "api00") next
    if (all(is.na(design$variables[[value]]))) next
    parts <- cells(design, by)
    found <- add(found, list(design = name, by = I(by), statistic = statistic, value = value,
      categories = I(sapply(parts, `[[`, "name")),
      rows = lapply(parts, function(p) one(design, statistic, value, p$rows, "api99"))))
  }
  found
}
out$linear <- rows_of(designs, domains, c("mean", "total", "ratio"))

# Proportions with their intervals.
out$proportion <- list()
for (name in names(designs)) for (by in domains) {
  design <- designs[[name]]
  if (!"sch.wide" %in% names(design$variables) || "sch.wide" %in% by) next
  parts <- cells(design, by)
  rows <- lapply(parts, function(p) {
    d <- subset(design, p$rows & !is.na(design$variables$sch.wide))
    found <- lapply(c(logit = "logit", beta = "beta", mean = "mean"), function(m)
      svyciprop(~I(sch.wide == "Yes"), d, method = m))
    m <- svymean(~as.numeric(sch.wide == "Yes"), d, deff = "replace")
    list(n = nrow(d), estimate = unname(coef(m)), std_error = unname(as.vector(SE(m))),
         design_effect = unname(as.vector(deff(m))), df = degf(d),
         logit = as.vector(attr(found$logit, "ci")), beta = as.vector(attr(found$beta, "ci")),
         mean = as.vector(attr(found$mean, "ci")))
  })
  out$proportion <- add(out$proportion, list(design = name, by = I(by), categories = I(sapply(parts, `[[`, "name")), rows = rows))
}

# Covariance between domains, for differences.
out$covariance <- list()
for (name in names(designs)) for (by in c("stype", "awards")) {
  r <- svyby(~api00, reformulate(by), designs[[name]], svymean, covmat = TRUE)
  out$covariance <- add(out$covariance, list(design = name, by = by, categories = I(names(coef(r))),
    estimate = unname(coef(r)), covariance = unname(vcov(r))))
}

# Two stages: as drawn, and by the first alone (ultimate clusters).
out$stages <- list()
for (ultimate in c(TRUE, FALSE)) {
  options(survey.ultimate.cluster = ultimate)
  d <- svydesign(ids = ~dnum + snum, fpc = ~fpc1 + fpc2, data = samples$apiclus2)
  m <- svymean(~api00, d)
  out$stages <- add(out$stages, list(ultimate = ultimate, mean = unname(coef(m)), error = as.vector(SE(m))))
}
options(survey.ultimate.cluster = FALSE)

# Strata of one cluster.
alone <- subset(samples$apistrat, stype != "H")
alone <- rbind(alone, samples$apistrat[samples$apistrat$stype == "H", ][1, ])
out$lonely <- list()
for (rule in c("certainty", "adjust")) {
  options(survey.lonely.psu = rule)
  d <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = alone)
  m <- svymean(~api00, d); t <- svytotal(~api00, d)
  out$lonely <- add(out$lonely, list(rule = rule, mean = unname(coef(m)), mean_error = as.vector(SE(m)),
    total = unname(coef(t)), total_error = as.vector(SE(t))))
}
options(survey.lonely.psu = "fail")

# Weights fitted to known totals; raking as in weighting.R.
margins <- read.csv("api/apipop_margins.csv", fileEncoding = "UTF-8")
totals <- read.csv("api/apipop_totals.csv")
counts <- function(variable) {
  rows <- margins[margins$variable == variable, ]
  setNames(data.frame(rows$category, rows$count), c(variable, "Freq"))
}
vector_of <- function(variables, numeric = c()) {
  wanted <- c("(Intercept)" = sum(counts(variables[1])$Freq))
  for (v in variables) {
    rows <- counts(v)
    rows <- rows[order(rows[[v]]), ][-1, ]
    wanted <- c(wanted, setNames(rows$Freq, paste0(v, rows[[v]])))
  }
  c(wanted, setNames(totals$total, totals$variable)[numeric])
}
pair <- c("stype", "sch.wide")
fitted <- list(
  poststratified = function(d) postStratify(d, ~stype, counts("stype")),
  raked = function(d) rake(d, lapply(pair, reformulate), lapply(pair, counts), list(epsilon = 1e-14, maxit = 2000)),
  linear = function(d) calibrate(d, ~stype + sch.wide + api99, vector_of(pair, "api99"), epsilon = 1e-12),
  exponential = function(d) calibrate(d, ~stype + sch.wide, vector_of(pair), calfun = "raking", epsilon = 1e-12, maxit = 200))
fits <- function() {
  found <- list()
  for (name in c("srs", "strat", "clus1", "nested")) for (fit in names(fitted)) for (by in list(character(0), "awards")) for (statistic in c("mean", "total", "ratio")) {
    design <- fitted[[fit]](designs[[name]])
    parts <- cells(design, by)
    found <- add(found, list(design = name, fit = fit, by = I(by), statistic = statistic, value = "api00",
      categories = I(sapply(parts, `[[`, "name")), rows = lapply(parts, function(p) one(design, statistic, "api00", p$rows, "api99"))))
  }
  found
}
out$fitted <- fits()

# Quantiles, at shares that no sum of weights is exactly.
shares <- c(0.113, 0.257, 0.503, 0.911)
with_quantiles <- c(designs, list(raked = fitted$raked(designs$clus1)))
out$quantile <- list()
for (name in names(with_quantiles)) for (by in list(character(0), "stype", "awards")) for (interval in c("mean", "xlogit", "beta")) {
  design <- with_quantiles[[name]]
  # Of a calibrated design's domain R takes the n of the whole sample for the exact limits.
  if (name == "raked" && interval == "beta" && length(by)) next
  parts <- cells(design, by)
  rows <- do.call(c, lapply(parts, function(p) {
    d <- subset(design, p$rows & !is.na(design$variables$api00))
    q <- svyquantile(~api00, d, shares, interval.type = interval, df = degf(d))$api00
    lapply(1:4, function(i) list(n = sum(p$rows), share = shares[i], estimate = q[i, 1], low = q[i, 2], high = q[i, 3], std_error = q[i, 4]))
  }))
  out$quantile <- add(out$quantile, list(design = name, by = I(by), interval = interval, rows = rows))
}

# Rao and Scott's tests.
out$chisq <- list()
for (name in names(with_quantiles)) for (two in list(c("stype", "awards"), c("stype", "sch.wide"), c("awards", "comp.imp"))) {
  design <- with_quantiles[[name]]
  f <- reformulate(two)
  second <- svychisq(f, design, statistic = "F"); first <- svychisq(f, design, statistic = "Chisq")
  table <- svymean(reformulate(sprintf("interaction(%s, %s)", two[2], two[1])), design)
  out$chisq <- add(out$chisq, list(design = name, pair = two, F = unname(second$statistic), ndf = unname(second$parameter[1]),
    ddf = unname(second$parameter[2]), p = unname(second$p.value), X2 = unname(first$statistic), df = unname(first$parameter),
    p_first = unname(first$p.value), shares = unname(coef(table)), errors = unname(as.vector(SE(table)))))
}
out$gof <- list()
known <- c(E = 0.7, H = 0.12, M = 0.18)
for (name in names(with_quantiles)) {
  if (name == "raked") next
  r <- svygofchisq(~stype, p = known, design = with_quantiles[[name]])
  out$gof <- add(out$gof, list(design = name, statistic = unname(r$statistic), df = unname(r$parameter["df"]), p = unname(r$p.value)))
}

# Replicates. The bootstrap's draws are R's own, cluster by cluster, as counts.
set.seed(20)
out$replicates <- list()
for (name in c("srs", "strat", "clus1", "nested")) for (type in c("jackknife", "bootstrap")) for (mse in c(FALSE, TRUE)) {
  if (type == "bootstrap" && !name %in% c("clus1", "nested")) next
  d <- designs[[name]]
  # The bootstrap of R knows no population sizes.
  if (type == "bootstrap" && name == "clus1") d <- svydesign(ids = ~dnum, weights = ~pw, data = samples$apiclus1)
  stratified <- name %in% c("strat", "nested")
  r <- if (type == "jackknife") as.svrepdesign(d, type = if (stratified) "JKn" else "JK1", mse = mse) else
    as.svrepdesign(d, type = "subbootstrap", replicates = 30, mse = mse)
  by <- svyby(~api00, ~awards, r, svymean, covmat = TRUE)
  entry <- list(design = name, type = type, mse = mse,
    mean = as.vector(SE(svymean(~api00, r))), total = as.vector(SE(svytotal(~api00, r))),
    ratio = as.vector(SE(svyratio(~api00, ~api99, r))), categories = names(coef(by)), by = unname(coef(by)), covariance = unname(vcov(by)))
  if (type == "bootstrap") {
    m <- r$repweights$weights
    first <- which(!duplicated(d$cluster[, 1]))
    n <- table(d$strata[first, 1])[as.character(d$strata[first, 1])]
    entry$clusters <- if (name == "clus1") as.character(d$variables$dnum[first]) else paste(d$variables$stype, d$variables$dnum)[first]
    entry$counts <- round(m * as.vector(n - 1) / as.vector(n))
    stopifnot(max(abs(entry$counts * as.vector(n) / as.vector(n - 1) - m)) < 1e-12)
  }
  out$replicates <- add(out$replicates, entry)
}

# Replicates of fitted weights: each replicate is fitted again.
out$refitted <- list()
for (name in c("srs", "strat", "clus1")) for (fit in c("poststratified", "raked", "linear")) {
  r <- fitted[[fit]](as.svrepdesign(designs[[name]], type = if (name == "strat") "JKn" else "JK1"))
  by <- svyby(~api00, ~awards, r, svymean, covmat = TRUE)
  out$refitted <- add(out$refitted, list(design = name, fit = fit, type = "jackknife", mean = as.vector(SE(svymean(~api00, r))),
    total = as.vector(SE(svytotal(~api00, r))), by = unname(coef(by)), covariance = unname(vcov(by))))
}
write_json(out, "estimation.json", digits = NA, auto_unbox = TRUE, pretty = FALSE)
