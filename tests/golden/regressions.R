# Writes regressions.json: models of R's survey package for the api samples in api/.
# Run in this folder: Rscript regressions.R (R 4.2 or later with survey and jsonlite).
suppressMessages({library(survey); library(jsonlite)})
read <- function(name) {
  d <- read.csv(file.path("api", paste0(name, ".csv")), colClasses = c(cds = "character"))
  names(d) <- gsub(".", "_", names(d), fixed = TRUE)
  for (v in c("stype", "sch_wide", "awards", "comp_imp", "both")) d[[v]] <- factor(d[[v]])
  d$met <- as.integer(d$sch_wide == "Yes")
  d$high <- as.integer(d$api00 > 650)
  # Item non-response that follows a rule, so that both sides lose the same rows.
  d$asked <- ifelse(d$snum %% 7 == 0, NA, d$high)
  d$elementary <- d$stype == "E"
  d
}
data <- lapply(c(srs = "apisrs", strat = "apistrat", clus1 = "apiclus1", clus2 = "apiclus2"), read)
designs <- list(
  srs = svydesign(ids = ~1, weights = ~pw, fpc = ~fpc, data = data$srs),
  strat = svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = data$strat),
  clus1 = svydesign(ids = ~dnum, weights = ~pw, fpc = ~fpc, data = data$clus1),
  clus2 = svydesign(ids = ~dnum, weights = ~pw, data = data$clus2),
  nested = svydesign(ids = ~dnum, strata = ~stype, weights = ~pw, data = data$strat, nest = TRUE))
margins <- read.csv("api/apipop_margins.csv", fileEncoding = "UTF-8")
counts <- function(variable, as) {
  rows <- margins[margins$variable == variable, ]
  setNames(data.frame(rows$category, rows$count), c(as, "Freq"))
}
designs$raked <- rake(designs$clus1, list(~stype, ~sch_wide), list(counts("stype", "stype"), counts("sch.wide", "sch_wide")),
                      control = list(epsilon = 1e-12, maxit = 2000))

# Adjusted means by hand: everybody given one level, averaged by weight; what each row adds to
# them, the model's estimates included, is summed by svytotal.
adjusted <- function(fit, design, factor) {
  used <- match(rownames(model.matrix(fit)), rownames(design$variables))
  frame <- design$variables[used, ]
  w <- weights(design, "sampling")[used]
  rate <- function(eta) fit$family$linkinv(eta)
  slope <- function(eta) fit$family$mu.eta(eta)
  rhs <- delete.response(terms(fit))
  estfun <- model.matrix(fit) * resid(fit, "working") * fit$weights
  # A calibrated design keeps the rows outside a domain, with weight 0.
  influence <- (estfun %*% fit$naive.cov) / ifelse(w > 0, w, 1)
  one <- function(level) {
    other <- frame
    if (!is.na(level)) other[[factor]] <- factor(level, levels(frame[[factor]]))
    x <- model.matrix(rhs, other, xlev = fit$xlevels)
    eta <- drop(x %*% coef(fit))
    mean <- sum(w * rate(eta)) / sum(w)
    list(mean = mean, added = (rate(eta) - mean) / sum(w) + drop(influence %*% (colSums(x * slope(eta) * w) / sum(w))))
  }
  levels <- fit$xlevels[[factor]]
  parts <- lapply(c(levels, NA), one)
  full <- matrix(0, nrow(design$variables), length(parts))
  full[used, ] <- sapply(parts, `[[`, "added") * (w > 0)
  list(levels = I(levels), estimate = sapply(parts, `[[`, "mean"), covariance = unname(vcov(svytotal(full, design))))
}

run <- function(name, formula, family, test, by = NULL, domain = FALSE) {
  design <- designs[[name]]
  used <- if (domain) subset(design, elementary) else design
  # update() inside regTermTest looks for the design by its name.
  assign("used", used, envir = globalenv()); assign("family_", family, envir = globalenv()); assign("formula_", formula, envir = globalenv())
  fit <- eval(bquote(svyglm(.(formula), design = used, family = .(if (family == "logit") quote(quasibinomial()) else quote(gaussian())),
                            control = list(epsilon = 1e-14, maxit = 200))), globalenv())
  terms <- reformulate(test)
  wald <- regTermTest(fit, terms)
  lrt <- regTermTest(fit, terms, method = "LRT", lrt.approximation = "satterthwaite")
  saddle <- regTermTest(fit, terms, method = "LRT")
  working <- regTermTest(fit, terms, method = "WorkingWald", lrt.approximation = "satterthwaite")
  s <- summary(fit)$coefficients
  ci <- confint(fit)
  list(design = name, formula = paste(deparse(formula, width.cutoff = 200), collapse = ""), family = family, domain = domain,
       terms = I(names(coef(fit))), estimate = unname(coef(fit)), covariance = unname(vcov(fit)),
       df = fit$df.residual, n = sum(fit$prior.weights > 0), statistic = unname(s[, 3]), p_value = unname(s[, 4]),
       low = unname(ci[, 1]), high = unname(ci[, 2]), test = I(test),
       wald = list(F = drop(wald$Ftest), df = wald$df, ddf = wald$ddf, p = drop(wald$p)),
       lrt = list(chisq = lrt$chisq, lambda = I(lrt$lambda), p = lrt$p, saddlepoint = saddle$p),
       working = list(chisq = drop(working$chisq), p = drop(working$p)),
       adjusted = if (is.null(by)) NULL else c(list(by = by), adjusted(fit, used, by)))
}
out <- list(survey = as.character(packageVersion("survey")), models = list())
for (name in names(designs)) out$models <- c(out$models, list(
  run(name, met ~ stype + meals, "logit", "stype", "stype"),
  run(name, high ~ both + ell + meals, "logit", c("ell", "meals"), "both"),
  run(name, asked ~ stype + both, "logit", "stype", "stype"),
  run(name, met ~ meals + mobility, "logit", c("meals", "mobility"), domain = TRUE),
  run(name, api00 ~ stype + both + stype:both, "linear", c("both", "stype:both"), "both"),
  run(name, api00 ~ ell + meals + mobility, "linear", "mobility"),
  run(name, growth ~ both + meals, "linear", "both", "both", domain = TRUE)))
# What svypredmeans makes of the same adjusted means: it adds the variance of the covariates'
# distribution to that of the model, as if the two were independent.
base <- svyglm(high ~ ell + meals, designs$strat, family = quasibinomial(), control = list(epsilon = 1e-14, maxit = 200))
margin <- svypredmeans(base, ~both)
out$svypredmeans <- list(levels = names(coef(margin)), estimate = unname(coef(margin)), std_error = unname(sqrt(diag(as.matrix(vcov(margin))))))
write(toJSON(out, digits = NA, auto_unbox = TRUE, null = "null"), "regressions.json")
