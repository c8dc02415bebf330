# Exact intervals of the odds by Fisher's noncentral hypergeometric distribution, to 1e-12.
# fisher.test() solves the same equations with uniroot's default tolerance of 1e-4, so that the
# limits in golden_hypergeometric_R.json carry about four digits. Run in this folder:
#   Rscript noncentral_intervals.R
library(jsonlite)
rows <- fromJSON("golden_hypergeometric_R.json", simplifyVector = FALSE)
tilted <- function(theta, k, logs) {
  w <- logs + theta * k
  w <- exp(w - max(w))
  w / sum(w)
}
limits <- function(row, alpha = 0.05) {
  x <- row$x; n <- row$n; K <- row$K; N <- row$N
  k <- max(0, n - (N - K)):min(n, K)
  logs <- dhyper(k, K, N - K, n, log = TRUE)
  solve <- function(member) uniroot(
    function(theta) log(sum(tilted(theta, k, logs)[member])) - log(alpha / 2),
    c(-30, 30), tol = 1e-13)$root
  mean_of <- function(theta) sum(k * tilted(theta, k, logs))
  low <- if (x == min(k)) -Inf else solve(k >= x)
  high <- if (x == max(k)) Inf else solve(k <= x)
  scale <- n * K / N
  list(x = x, n = n, K = K, N = N,
       log_odds = c(low, high),
       ratio = c(if (is.finite(low)) mean_of(low) else min(k),
                 if (is.finite(high)) mean_of(high) else max(k)) / scale)
}
write(toJSON(lapply(rows, limits), digits = 15, auto_unbox = TRUE, pretty = TRUE),
      "noncentral_intervals.json")
