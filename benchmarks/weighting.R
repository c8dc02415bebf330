# Times rake of R's survey package for weighting.py.
# Rscript weighting.R ROWS.csv MARGINS.csv WEIGHTS.csv: prints the seconds of rake alone.
suppressMessages(library(survey))
files <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(files[1], stringsAsFactors = TRUE)
margins <- read.csv(files[2])
variables <- unique(margins$variable)
tables <- lapply(variables, function(v) {
  part <- margins[margins$variable == v, ]
  setNames(data.frame(part$category, part$count), c(v, "Freq"))
})
design <- svydesign(ids = ~1, weights = ~weight, data = rows)
seconds <- system.time(
  raked <- rake(design, lapply(variables, reformulate), tables,
                control = list(epsilon = 1e-10, maxit = 100))
)[["elapsed"]]
write.csv(data.frame(weight = format(weights(raked), digits = 15)), files[3],
          row.names = FALSE, quote = FALSE)
cat(seconds, "\n")
