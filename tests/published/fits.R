# What R finds in the data here; fits.csv is its output.
#   Rscript fits.R    (in this folder; R 4.2.2 with lme4 1.1-31, Debian 12)
# cbpp (Lesnoff et al. 2004) and grouseticks (Elston et al. 2001) are data sets of lme4, GPL-2 or later;
# rows.csv comes from make.py.
suppressMessages(library(lme4))
options(digits = 12)
# lme4's defaults stop early enough to be seen in the third digit of a standard error.
tight <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12, optCtrl = list(rhobeg = 2e-3, rhoend = 1e-9, maxfun = 1e5))
out <- data.frame()
keep <- function(model, f) {
  v <- as.data.frame(VarCorr(f))
  spread <- ifelse(is.na(v$var2), ifelse(is.na(v$var1), "residual", paste("sd", v$var1)), "corr")
  out <<- rbind(out,
    data.frame(model, name = names(fixef(f)), estimate = unname(fixef(f)), se = unname(sqrt(diag(as.matrix(vcov(f)))))),
    data.frame(model, name = spread, estimate = v$sdcor, se = NA),
    data.frame(model, name = "log likelihood", estimate = as.numeric(logLik(f)), se = NA))
}
write.csv(cbpp, "cbpp.csv", row.names = FALSE, quote = FALSE)
grouse <- transform(grouseticks[, c("TICKS", "BROOD", "YEAR", "HEIGHT")])
write.csv(grouse, "grouseticks.csv", row.names = FALSE, quote = FALSE)
grouse$height <- (grouse$HEIGHT - mean(grouse$HEIGHT)) / sd(grouse$HEIGHT)
keep("cbpp", glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, family = binomial, control = tight))
keep("cbpp 25 nodes", glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, family = binomial,
                            nAGQ = 25, control = tight))
keep("grouseticks", glmer(TICKS ~ YEAR + height + (1 | BROOD), grouse, family = poisson, control = tight))
d <- read.csv("rows.csv")
keep("exposure", glmer(events ~ x + w + offset(log(exposure)) + (x | group), d, family = poisson, control = tight))
keep("trials", glmer(cbind(successes, trials - successes) ~ x + w + (x | group), d, family = binomial, control = tight))
keep("one row a group", glmer(TICKS ~ height + (1 | row), transform(grouse, row = seq_len(nrow(grouse))),
                              family = poisson, control = tight))
keep("sleepstudy REML", lmer(Reaction ~ Days + (Days | Subject), sleepstudy))
keep("sleepstudy odd days", lmer(Reaction ~ Days + I(Days %% 2) + (Days | Subject), sleepstudy))
keep("sleepstudy odd days ML", lmer(Reaction ~ Days + I(Days %% 2) + (Days | Subject), sleepstudy, REML = FALSE))
write.csv(format(out, digits = 10), "fits.csv", row.names = FALSE, quote = FALSE)
