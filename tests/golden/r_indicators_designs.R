# R-indicators of estate_survey_SI_w5.csv under designs that its own run does not cover.
# Row by row, from the formulas of Shlomo, Skinner & Schouten (2012) and the RISQ manual 2.1;
# the regressions by stats::glm. Needs R 4 or later with jsonlite. Run in this folder:
#   Rscript r_indicators_designs.R
rows <- read.csv("estate_survey_SI_w5.csv", check.names = FALSE, stringsAsFactors = TRUE)
names(rows)[names(rows) == ".weight"] <- "weight"
rows$resp <- as.numeric(rows$resp == "Yes")
i <- seq_len(nrow(rows)) - 1
# Weights that anybody can make again: by residence, and spread over 2 to 7 by row.
rows$stratum_weight <- c("<2" = 3, "10+" = 6.5, "2-10" = 5)[as.character(rows$residence)]
rows$pps_weight <- 2 + ((i * 7919) %% 101) / 20
characteristics <- c("ethnicity", "tenure", "residence")

total_variance <- function(y, d, design, stratum) {
  n <- length(y)
  if (design == "census") return(0)
  if (design == "PPS") return(sum((n * d * y - sum(d * y))^2) / (n * (n - 1)))
  sum(sapply(split(seq_len(n), stratum), function(s) {
    N <- sum(d[s])
    N^2 * (1 - length(s) / N) * var(y[s]) / length(s)
  }))
}

fit <- function(variables, d, link, design, stratum) {
  data <- cbind(rows, scaled = d / mean(d))
  # glm warns that weighted successes are not whole numbers; so they are.
  model <- suppressWarnings(glm(reformulate(variables, "resp"), binomial(link), data,
                                weights = scaled))
  eta <- predict(model, type = "link")
  rho <- as.numeric(fitted(model))
  z <- model$family$mu.eta(eta) * model.matrix(model)
  S <- vcov(model)
  N <- sum(d)
  mean_rho <- sum(d * rho) / N
  s2 <- sum(d * (rho - mean_rho)^2) / (N - 1)
  lambda1 <- 0
  for (row in seq_along(rho)) lambda1 <- lambda1 + d[row] * c(z[row, ] %*% S %*% z[row, ])
  lambda2 <- total_variance(rho, d, design, stratum) / N
  factor <- max(0, 1 - (lambda1 - lambda2) / N / s2)
  A <- cov.wt(cbind(rho, z), wt = d, method = "ML")$cov[-1, 1]
  B <- cov.wt(z, wt = d, method = "ML")$cov
  C <- total_variance((rho - mean_rho)^2, d, design, stratum)
  T <- B %*% S
  variance <- (4 * c(A %*% S %*% A) + 2 * sum(diag(T %*% T)) + C / N^2) / (s2 * (N - 1) / N)
  list(rho = rho, z = z, S = S, mean = mean_rho, s2 = s2, factor = factor, se = sqrt(variance))
}

means_of <- function(x, d, set) ave(d * x, set, FUN = sum) / ave(d, set, FUN = sum)

partials <- function(whole, variable, d, link, design, stratum) {
  N <- sum(d)
  others <- interaction(rows[setdiff(characteristics, variable)], drop = TRUE)
  deviation <- whole$rho - means_of(whole$rho, d, others)
  gradient <- whole$z - apply(whole$z, 2, means_of, d = d, set = others)
  groups <- lapply(levels(rows[[variable]]), function(level) {
    here <- rows[[variable]] == level
    Nh <- sum(d[here])
    inside <- total_variance(here * whole$rho, d, design, stratum)
    outside <- total_variance((!here) * whole$rho, d, design, stratum)
    A <- colSums((d * deviation * gradient)[here, ])
    B <- t(gradient[here, ]) %*% (d * gradient)[here, ]
    T <- B %*% whole$S
    squares <- sum((d * deviation^2)[here])
    variance <- 4 * c(A %*% whole$S %*% A) + 2 * sum(diag(T %*% T)) +
      total_variance(here * deviation^2, d, design, stratum)
    list(category = level,
         unconditional = sqrt(Nh / N) * (sum((d * whole$rho)[here]) / Nh - whole$mean),
         std_error = sqrt(Nh / N * (inside * (1 / Nh - 1 / N)^2 + outside / N^2)),
         conditional = sqrt(squares / N),
         conditional_std_error = sqrt(variance / (4 * N * squares)))
  })
  column <- function(name) sapply(groups, `[[`, name)
  list(variable = variable,
       unconditional = sqrt(whole$factor * sum(column("unconditional")^2)),
       std_error = fit(variable, d, link, design, stratum)$se / 2,
       conditional = sqrt(whole$factor * sum(column("conditional")^2)),
       groups = groups)
}

run <- function(name, weight, design, link) {
  d <- if (is.null(weight)) rep(1, nrow(rows)) else rows[[weight]]
  stratum <- if (design == "STSI") rows$residence else rep(1, nrow(rows))
  whole <- fit(characteristics, d, link, design, stratum)
  cv <- sqrt(whole$factor * whole$s2) / whole$mean
  list(name = name, design = design, link = link, population = sum(d),
       r_indicator = 1 - 2 * sqrt(whole$factor * whole$s2), std_error = whole$se,
       r_unadjusted = 1 - 2 * sqrt(whole$s2), cv = cv,
       cv_std_error = sqrt(whole$se^2 / (4 * whole$mean^2) + cv^4 / nrow(rows)),
       variables = lapply(characteristics, partials, whole = whole, d = d, link = link,
                          design = design, stratum = stratum))
}

runs <- list(run("stratified", "stratum_weight", "STSI", "logit"),
             run("unequal", "pps_weight", "PPS", "logit"),
             run("census", NULL, "census", "logit"),
             run("probit", "weight", "SI", "probit"),
             run("unequal probit", "pps_weight", "PPS", "probit"))
writeLines(jsonlite::toJSON(list(R = R.version.string, runs = runs), auto_unbox = TRUE,
                            digits = NA, pretty = TRUE), "r_indicators_designs.json")
