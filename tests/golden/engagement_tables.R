# Writes engagement_tables.json: shares by group, and each group less everybody, with R's survey
# package for the api samples in api/. Run in this folder: Rscript engagement_tables.R
# (R 4.2 or later with survey and jsonlite).
suppressMessages({library(survey); library(jsonlite)})
read <- function(name) {
  d <- read.csv(file.path("api", paste0(name, ".csv")), colClasses = c(cds = "character"))
  names(d) <- gsub(".", "_", names(d), fixed = TRUE)
  d$met <- as.integer(d$sch_wide == "Yes")
  # Item non-response, and a group that never answers yes.
  d$asked <- ifelse(d$snum %% 7 == 0, NA, as.integer(d$api00 > 650))
  d$never <- ifelse(d$stype == "M", 0L, d$met)
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

one <- function(design, item, by, group) {
  y <- design$variables[[item]]
  answered <- !is.na(y)
  y[!answered] <- 0
  w <- weights(design, "sampling")
  inside <- design$variables[[by]] == group & answered
  all <- sum(w[answered]); size <- sum(w[inside])
  p <- sum(w * y * answered) / all
  share <- sum(w * y * inside) / size
  design <- update(design,
    .inside = inside & answered,
    .away = inside * (y - share) / size - answered * (y - p) / all,
    .score = answered * (y - p) * (inside - size / all))
  d <- subset(design, .inside)
  df <- degf(d)
  away <- as.vector(SE(svytotal(~.away, design)))
  score <- svytotal(~.score, design)
  limits <- c(NA, NA)
  if (share > 0 && share < 1) {
    kept <- svyciprop(reformulate(item), d, method = "logit", df = df)
    limits <- as.vector(confint(kept))
  }
  list(group = group, n = sum(inside), estimate = share, low = limits[1], high = limits[2], difference = share - p,
       error = away, p = 2 * pt(-abs((share - p) / away), df),
       score_p = 2 * pt(-abs(as.vector(coef(score)) / as.vector(SE(score))), df))
}
out <- list(survey = as.character(packageVersion("survey")), tables = list())
for (name in names(designs)) for (item in c("met", "asked", "never")) for (by in c("stype", "both")) {
  groups <- sort(unique(designs[[name]]$variables[[by]]))
  rows <- lapply(groups, function(g) one(designs[[name]], item, by, g))
  out$tables <- c(out$tables, list(list(design = name, item = item, by = by, rows = rows)))
}
write(toJSON(out, digits = NA, auto_unbox = TRUE, null = "null", na = "null"), "engagement_tables.json")
