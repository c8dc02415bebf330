# Writes the api samples (tests/golden/api/*.csv) from the data of R's survey package.
# Run in this folder: Rscript weighting_data.R
suppressMessages(library(survey))
data(api)
dir.create("api", showWarnings = FALSE)
columns <- c("cds", "stype", "snum", "dnum", "cnum", "pw", "fpc", "fpc1", "fpc2", "enroll",
             "api99", "api00", "meals", "ell", "mobility", "col.grad", "hsg", "avg.ed",
             "growth", "awards", "sch.wide", "comp.imp", "both", "yr.rnd")
write_sample <- function(name) {
  sample <- get(name)
  kept <- sample[, intersect(columns, names(sample))]
  write.csv(format(kept, digits = 17, trim = TRUE), file.path("api", paste0(name, ".csv")),
            row.names = FALSE, quote = FALSE)
}
for (name in c("apisrs", "apistrat", "apiclus1", "apiclus2")) write_sample(name)

# The population as margins: one row per variable (joined by the multiplication sign) and category.
crosses <- list("stype", "sch.wide", "comp.imp", "both", "awards",
                c("stype", "sch.wide"), c("stype", "awards"), c("sch.wide", "comp.imp"))
margin <- function(cross) {
  counts <- as.data.frame(table(apipop[cross]), stringsAsFactors = FALSE)
  data.frame(variable = paste(cross, collapse = " \u00d7 "),
             category = do.call(paste, c(counts[cross], sep = " \u00d7 ")),
             count = counts$Freq)
}
write.csv(do.call(rbind, lapply(crosses, margin)), "api/apipop_margins.csv",
          row.names = FALSE, quote = FALSE, fileEncoding = "UTF-8")
# Totals of the numeric columns that are known for every school.
numeric <- c("enroll", "api99", "api00", "meals", "ell", "growth")
complete <- numeric[!sapply(apipop[numeric], anyNA)]
write.csv(data.frame(variable = complete, total = sapply(apipop[complete], sum)),
          "api/apipop_totals.csv", row.names = FALSE, quote = FALSE)
