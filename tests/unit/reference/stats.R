# SPDX-License-Identifier: GPL-3.0-or-later
# Values for test_stats.c and test_dist.c from R's stats package (Debian 12: r-base-core).
#
#   Rscript tests/unit/reference/stats.R > tests/unit/reference/stats_r.h
#   clang-format -i tests/unit/reference/stats_r.h

row <- function(...) cat("{ ", paste(sprintf("%.17g", c(...)), collapse = ", "), " },\n", sep = "")
table <- function(name, columns, body) {
    cat("static const double ", name, "[][", columns, "] = {\n", sep = "")
    body()
    cat("};\n")
}

cat("/* SPDX-License-Identifier: GPL-3.0-or-later */\n")
cat("/* Made by tests/unit/reference/stats.R with R ", as.character(getRversion()), ". */\n", sep = "")
cat("#ifndef DVB_TESTS_STATS_R_H\n#define DVB_TESTS_STATS_R_H\n")

cat("/* p, df, qt(p, df) */\n")
table("r_t_quantile", 3, function() {
    for (df in c(1, 2, 3, 4, 7, 11, 30, 59, 414, 1999, 1e5, 1e7))
        for (p in c(0.5001, 0.6, 0.8, 0.9, 0.975, 0.995, 0.9999, 1e-6)) row(p, df, qt(p, df))
})
cat("/* t, df, 2 * pt(-t, df) */\n")
table("r_t_two_sided", 3, function() {
    for (df in c(1, 2, 6, 59, 1999))
        for (t in c(0, 0.01, 1, 2.1, 12, 40)) row(t, df, 2 * pt(-t, df))
})
cat("/* p, qnorm(p) */\n")
table("r_normal_quantile", 2, function()
    for (p in c(1e-12, 0.01, 0.5, 0.8, 0.975, 0.999999)) row(p, qnorm(p)))
cat("/* x, df, pchisq(x, df, lower.tail = FALSE) */\n")
table("r_chi_square", 3, function() {
    for (df in c(1, 3, 7, 25)) for (x in c(0, 0.1, 3, 20, 317.5, 1400)) row(x, df, pchisq(x, df, lower.tail = FALSE))
})
cat("/* b, c, binom.test's p-value, or twice pbinom where the sizes are beyond it */\n")
table("r_mcnemar", 3, function() {
    for (bc in list(c(0, 0), c(1, 0), c(1, 1), c(3, 1), c(5, 12), c(40, 25), c(10, 1000), c(0, 60), c(480, 520))) {
        p <- if (sum(bc)) binom.test(bc[1], sum(bc))$p.value else 1
        row(bc[1], bc[2], p)
    }
    for (bc in list(c(49800, 50200), c(499000, 501000), c(500000, 500000), c(0, 1000000), c(49990000, 50010000),
                    c(499968377, 500031623), c(499899000, 500101000)))
        row(bc[1], bc[2], min(1, 2 * pbinom(min(bc), sum(bc), 0.5)))
})
cat("/* right, n, prop.test without continuity correction: low, high */\n")
table("r_wilson", 4, function() {
    for (kn in list(c(0, 10), c(10, 10), c(1, 1), c(3, 7), c(446, 1074), c(41, 1074), c(50000, 100000)))
        row(kn, suppressWarnings(prop.test(kn[1], kn[2], correct = FALSE))$conf.int)
})
cat("/* p-values, then p.adjust(p, \"holm\") of each */\n")
for (f in list(c(0.01, 0.04, 0.03, 0.005, 0.2), c(0.05, 0.05, 0.05), c(0.9, 0.001, 0.6, 0.5, 0.02, 0.019, 1, 0))) {
    name <- paste0("r_holm_", length(f))
    table(name, length(f), function() { row(f); row(p.adjust(f, "holm")) })
}
cat("/* the letters of the published v1 set, another one, and unequal shares: statistic, df, p */\n")
test <- function(x, p) { t <- suppressWarnings(chisq.test(x, p = p)); row(t$statistic, t$parameter, t$p.value) }
table("r_letters", 3, function() {
    test(c(299, 446, 288, 41), rep(0.25, 4))
    test(c(21, 30, 24, 25), rep(0.25, 4))
    test(c(3, 4, 2), c(0.5, 0.3, 0.2))
})
cat("/* videos, power.t.test(n, sd = 1, power = 0.8, type = \"paired\")$delta: the noncentral t, exact\n")
cat("   where the formula of detectable is near */\n")
table("r_power", 2, function() {
    for (n in c(10, 30, 60, 400))
        row(n, power.t.test(n = n, sd = 1, power = 0.8, type = "paired")$delta)
})
cat("#endif\n")
