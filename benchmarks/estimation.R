# Times R's survey package for estimation.py.
# Rscript estimation.R TASK DOMAIN REPLICATES ROWS.csv TABLE.csv: prints the seconds of stating the
# design and estimating; reading is not counted.
suppressMessages(library(survey))
words <- commandArgs(trailingOnly = TRUE)
task <- words[1]; domain <- reformulate(words[2]); replicates <- as.integer(words[3])
rows <- read.csv(words[4], stringsAsFactors = TRUE)
set.seed(1)
seconds <- system.time({
  design <- svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, data = rows)
  if (task == "bootstrap") {
    # The bootstrap of n - 1 clusters.
    design <- as.svrepdesign(design, type = "subbootstrap", replicates = replicates)
  }
  found <- svyby(~y, domain, design, svymean)
})[["elapsed"]]
write.csv(setNames(data.frame(found[[words[2]]], format(found$y, digits = 15), format(SE(found), digits = 15)),
                   c(words[2], "estimate", "std_error")), words[5], row.names = FALSE, quote = FALSE)
cat(seconds, "\n")
