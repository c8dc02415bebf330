# Times glmer of lme4 with one node (Laplace's approximation) for engagement.py.
# Rscript engagement.R ROWS.csv: prints seconds, estimates, spread and any warning as JSON.
suppressMessages(library(lme4))
rows <- read.csv(commandArgs(trailingOnly = TRUE)[1], stringsAsFactors = TRUE)
warned <- ""
seconds <- system.time(
  fit <- withCallingHandlers(
    glmer(attended ~ ethnicity + gender + housing_tenure + age_band + format + (1 | person_id),
          data = rows, family = binomial, nAGQ = 1),
    warning = function(w) {
      warned <<- strtrim(gsub("[\"\n]", " ", conditionMessage(w)), 80)
      invokeRestart("muffleWarning")
    }
  )
)[["elapsed"]]
cat(sprintf('{"seconds": %.3f, "estimate": [%s], "sd": %.6f, "warning": "%s"}\n', seconds,
            paste(format(fixef(fit), digits = 10), collapse = ", "),
            sqrt(VarCorr(fit)$person_id[1]), warned))
