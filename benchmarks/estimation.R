# Times R's survey package for estimation.py.
# Rscript estimation.R TASK DOMAIN REPLICATES ROWS.csv TABLE.csv: prints the seconds of stating the
# design and estimating, and of estimating alone; reading is not counted.
suppressMessages(library(survey))
words <- commandArgs(trailingOnly = TRUE)
task <- words[1]; domain <- reformulate(words[2]); replicates <- as.integer(words[3])
rows <- read.csv(words[4], stringsAsFactors = TRUE)
set.seed(1)
start <- proc.time()[["elapsed"]]
design <- svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, data = rows)
stated <- proc.time()[["elapsed"]]
if (task == "bootstrap") {
  # The bootstrap of n - 1 clusters.
  design <- as.svrepdesign(design, type = "subbootstrap", replicates = replicates)
}
found <- svyby(~y, domain, design, svymean)
end <- proc.time()[["elapsed"]]
write.csv(setNames(data.frame(found[[words[2]]], format(found$y, digits = 15), format(SE(found), digits = 15)),
                   c(words[2], "estimate", "std_error")), words[5], row.names = FALSE, quote = FALSE)
# Of this process alone, in gigabytes, where the system tells (Linux).
status <- if (file.exists("/proc/self/status")) readLines("/proc/self/status") else character(0)
peak <- as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) * 1024 / 1e9
cat(end - start, end - stated, if (length(peak)) peak else NaN, "\n")
