# Writes replicate_regressions.json: models of R's survey package on replicates of the api samples.
# Run in this folder: Rscript replicate_regressions.R (R 4.2 or later with survey and jsonlite).
suppressMessages({library(survey); library(jsonlite)})
read <- function(name) {
  d <- read.csv(file.path("api", paste0(name, ".csv")), colClasses = c(cds = "character"))
  names(d) <- gsub(".", "_", names(d), fixed = TRUE)
  for (v in c("stype", "sch_wide", "awards", "comp_imp", "both")) d[[v]] <- factor(d[[v]])
  d$high <- as.integer(d$api00 > 650)
  # Item non-response that follows a rule, so that both sides lose the same rows.
  d$asked <- ifelse(d$snum %% 7 == 0, NA, d$high)
  d$elementary <- d$stype == "E"
  d
}
data <- lapply(c(strat = "apistrat", clus1 = "apiclus1"), read)
designs <- list(
  strat = svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = data$strat),
  clus1 = svydesign(ids = ~dnum, weights = ~pw, fpc = ~fpc, data = data$clus1),
  nested = svydesign(ids = ~dnum, strata = ~stype, weights = ~pw, data = data$strat, nest = TRUE))
margins <- read.csv("api/apipop_margins.csv", fileEncoding = "UTF-8")
counts <- function(variable, as) {
  rows <- margins[margins$variable == variable, ]
  setNames(data.frame(rows$category, rows$count), c(as, "Freq"))
}
tight <- glm.control(epsilon = 1e-14, maxit = 200)
# Everybody given one level in turn, the model fitted anew with each set of weights.
adjusted <- function(formula, family, by) function(w, d) {
  d$w <- w / mean(w)
  # R warns that weighted counts are not whole.
  fit <- suppressWarnings(glm(formula, family = family, data = d, weights = w, control = tight))
  used <- d[as.integer(names(fitted(fit))), ]
  means <- sapply(levels(d[[by]]), function(level) {
    used[[by]] <- factor(level, levels(d[[by]]))
    weighted.mean(predict(fit, used, type = "response"), used$w)
  })
  c(means, weighted.mean(predict(fit, d[as.integer(names(fitted(fit))), ], type = "response"), used$w))
}
run <- function(name, r, kind, formula, family, by = NULL, domain = FALSE, extra = list()) {
  # svyglm looks for its arguments by their names.
  assign("used", if (domain) subset(r, elementary) else r, envir = globalenv())
  quasi <- if (family == "logit") quote(quasibinomial()) else quote(gaussian())
  fit <- suppressWarnings(eval(bquote(svyglm(.(formula), design = used, family = .(quasi), control = tight)), globalenv()))
  plain <- if (family == "logit") binomial() else gaussian()
  made <- if (is.null(by)) NULL else withReplicates(r, function(w, d) {
    rownames(d) <- NULL
    adjusted(formula, plain, by)(w, d)
  })
  c(list(design = name, kind = kind, mse = isTRUE(r$mse), formula = paste(deparse(formula, width.cutoff = 200), collapse = ""),
         family = family, domain = domain, terms = I(names(coef(fit))),
         estimate = unname(coef(fit)), covariance = matrix(vcov(fit), length(coef(fit)))), extra,
    if (!is.null(by)) list(by = by, adjusted = as.vector(coef(made)), adjusted_covariance = matrix(vcov(made), length(coef(made)))))
}
out <- list(survey = as.character(packageVersion("survey")), models = list())
models <- function(name, r, kind, extra = list()) list(
  run(name, r, kind, high ~ both + ell + meals, "logit", "both", extra = extra),
  run(name, r, kind, asked ~ both + meals, "logit", extra = extra),
  run(name, r, kind, api00 ~ stype + both + meals, "linear", "both", extra = extra),
  run(name, r, kind, growth ~ ell + meals, "linear", domain = TRUE, extra = extra))
for (mse in c(FALSE, TRUE)) {
  out$models <- c(out$models, models("strat", as.svrepdesign(designs$strat, type = "JKn", mse = mse), "jackknife"),
                  models("clus1", as.svrepdesign(designs$clus1, type = "JK1", mse = mse), "jackknife"))
  # The bootstrap's draws are R's own, cluster by cluster, as counts.
  set.seed(41)
  d <- designs$nested
  r <- as.svrepdesign(d, type = "subbootstrap", replicates = 40, mse = mse)
  m <- r$repweights$weights
  first <- which(!duplicated(d$cluster[, 1]))
  n <- as.vector(table(d$strata[first, 1])[as.character(d$strata[first, 1])])
  drawn <- round(m * (n - 1) / n)
  stopifnot(max(abs(drawn * n / (n - 1) - m)) < 1e-12)
  out$models <- c(out$models, models("nested", r, "bootstrap", list(clusters = paste(d$variables$stype, d$variables$dnum)[first], counts = drawn)))
}
# Replicates of fitted weights: each replicate is raked again.
raked <- rake(as.svrepdesign(designs$clus1, type = "JK1"), list(~stype, ~sch_wide), list(counts("stype", "stype"), counts("sch.wide", "sch_wide")),
              control = list(epsilon = 1e-12, maxit = 2000))
out$models <- c(out$models, models("raked", raked, "jackknife"))
# Differences between the totals of two domains.
for (name in c("strat", "clus1", "raked")) {
  r <- if (name == "raked") raked else as.svrepdesign(designs[[name]], type = if (name == "strat") "JKn" else "JK1")
  by <- svyby(~api00, ~awards, r, svytotal, covmat = TRUE)
  less <- svycontrast(by, c(-1, 1))
  out$totals <- c(out$totals, list(list(design = name, categories = names(coef(by)), totals = unname(coef(by)),
    difference = unname(coef(less)), std_error = as.vector(SE(less)))))
}
write(toJSON(out, digits = NA, auto_unbox = TRUE, null = "null"), "replicate_regressions.json")
