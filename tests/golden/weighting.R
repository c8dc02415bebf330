# Writes weighting.json: weights of R's survey package for the api samples in api/.
# Run in this folder: Rscript weighting.R (R 4.2 or later with survey and jsonlite).
suppressMessages({library(survey); library(jsonlite)})
read <- function(name) read.csv(file.path("api", paste0(name, ".csv")), colClasses = c(cds = "character"))
samples <- lapply(c(apisrs = "apisrs", apistrat = "apistrat", apiclus1 = "apiclus1", apiclus2 = "apiclus2"), read)
margins <- read.csv("api/apipop_margins.csv", fileEncoding = "UTF-8")
totals <- read.csv("api/apipop_totals.csv")
total <- setNames(totals$total, totals$variable)

counts <- function(variable) {
  # The population table of a variable, or of an intersection.
  rows <- margins[margins$variable == variable, ]
  parts <- do.call(rbind, strsplit(rows$category, " \u00d7 "))
  setNames(data.frame(parts, rows$count), c(strsplit(variable, " \u00d7 ")[[1]], "Freq"))
}
vector_of <- function(variables, numeric = c()) {
  # Population totals of the model matrix with treatment contrasts.
  first <- counts(variables[1])
  wanted <- c("(Intercept)" = sum(first$Freq))
  for (v in variables) {
    rows <- counts(v)
    rows <- rows[order(rows[[v]]), ][-1, ]
    wanted <- c(wanted, setNames(rows$Freq, paste0(v, rows[[v]])))
  }
  c(wanted, total[numeric])
}
design <- function(name, base = "pw") svydesign(ids = ~1, weights = reformulate(base), data = samples[[name]])
# Relative to the sum of the base weights.
fine <- list(epsilon = 1e-14, maxit = 2000)
out <- list(survey = as.character(packageVersion("survey")), rake = list(), poststratify = list(),
            calibrate = list(), trim = list())

rake_sets <- list(c("stype", "sch.wide"), c("stype", "comp.imp", "awards"),
                  c("stype \u00d7 awards", "sch.wide"))
raked <- function(d, variables, control = fine) {
  tables <- lapply(variables, counts)
  rake(d, lapply(tables, function(t) reformulate(head(names(t), -1))), tables, control)
}
# Base weights: those of the sample, and ones that differ from row to row.
for (name in names(samples)) for (set in rake_sets) for (base in c("pw", "api99"))
  out$rake[[length(out$rake) + 1]] <-
    list(sample = name, base = base, variables = I(set), weights = weights(raked(design(name, base), set)))

for (name in names(samples)) {
  out$poststratify[[length(out$poststratify) + 1]] <-
    list(sample = name, variable = "stype",
         weights = weights(postStratify(design(name), ~stype, counts("stype"))))
  out$poststratify[[length(out$poststratify) + 1]] <-
    list(sample = name, variable = "stype \u00d7 awards",
         weights = weights(postStratify(design(name), ~stype + awards, counts("stype \u00d7 awards"))))
}

numeric_sets <- list(c(), c("api99"), c("api99", "ell", "meals"))
cases <- list(list(calfun = "linear"), list(calfun = "raking"),
              list(calfun = "logit", bounds = c(0.4, 2.5)),
              list(calfun = "linear", bounds = c(0.6, 2.2)), list(calfun = "raking", bounds = c(0.6, 2.2)))
for (name in names(samples)) for (numeric in numeric_sets) for (case in cases) {
  variables <- c("stype", "sch.wide")
  wanted <- vector_of(variables, numeric)
  formula <- reformulate(c(variables, numeric))
  bounds <- if (is.null(case$bounds)) c(-Inf, Inf) else case$bounds
  # Bounds are of factors relative to base weights that add up to the population: see the tests.
  scaled <- samples[[name]]
  scaled$pw <- scaled$pw * wanted[[1]] / sum(scaled$pw)
  fitted <- tryCatch(
    weights(calibrate(svydesign(ids = ~1, weights = ~pw, data = scaled), formula, wanted, calfun = case$calfun, bounds = bounds,
                      epsilon = 1e-11, maxit = 500)),
    error = function(e) NULL, warning = function(w) NULL)
  if (is.null(fitted)) { message(paste("no result:", name, case$calfun, paste(bounds, collapse = " "), length(numeric))); next }
  out$calibrate[[length(out$calibrate) + 1]] <-
    list(sample = name, variables = I(variables), numeric = I(as.character(numeric)), distance = case$calfun,
         bounds = if (is.null(case$bounds)) NULL else I(bounds), weights = fitted)
}

# Limits: cut, then raked again, until both hold.
limits <- function(name, base, set, low, high) {
  r <- raked(design(name, base), set)
  for (round in 1:500) {
    w <- weights(r)
    if (max(w - high, low - w) <= 1e-9 * mean(w)) return(w)
    cut <- samples[[name]]
    cut$w <- pmin(pmax(w, low), high)
    r <- raked(svydesign(ids = ~1, weights = ~w, data = cut), set)
  }
  stop("limits not kept")
}
set <- rake_sets[[2]]
for (name in c("apisrs", "apiclus1", "apiclus2")) {
  first <- weights(raked(design(name, "api99"), set))
  low <- unname(quantile(first, 0.03))
  # In the cluster sample of districts the largest weights cannot be smaller: the margins need them.
  high <- unname(quantile(first, if (name == "apiclus1") 1 else 0.97))
  out$trim[[length(out$trim) + 1]] <-
    list(sample = name, base = "api99", variables = I(set), lower = low, upper = high,
         outside = sum(first < low | first > high), cut = sum(abs(pmin(pmax(first, low), high) - first)),
         # What trimWeights itself leaves: the excess is shared out equally, and no margin is met.
         trim_weights = weights(trimWeights(raked(design(name, "api99"), set), lower = low, upper = high)),
         weights = limits(name, "api99", set, low, high))
}
write(toJSON(out, digits = NA, auto_unbox = TRUE, null = "null"), "weighting.json")
