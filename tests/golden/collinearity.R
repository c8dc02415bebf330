# Generalised variance inflation factors of two logits on the quine data, by car::vif.
# Rscript tests/golden/collinearity.R  (from the root of the repository; R 4, car 3.1)
suppressMessages(library(car))
quine <- read.csv("tests/golden/quine_absence.csv", stringsAsFactors = TRUE)
quine$often <- as.integer(quine$Days > 10)
plain <- vif(glm(often ~ Eth + Sex + Age + Lrn, binomial, quine,
                 control = glm.control(epsilon = 1e-14)))
# Factors that interact are one factor of their combinations.
quine$Both <- interaction(quine$Eth, quine$Sex)
crossed <- vif(glm(often ~ Both + Age, binomial, quine, control = glm.control(epsilon = 1e-14)))
rows <- function(x, names) paste0('    "', names, '": ', sprintf("%.12f", x), collapse = ",\n")
cat('{\n  "plain": {\n', rows(plain[, "GVIF"], rownames(plain)),
    '\n  },\n  "crossed": {\n', rows(crossed[, "GVIF"], rownames(crossed)), '\n  }\n}\n',
    sep = "", file = "tests/golden/collinearity.json")
