package dev.sluice.main;

import java.util.Locale;

/**
 * What an examination found out.
 *
 * @param level how bad it is
 * @param subject what was looked at, a few words: {@code open files}, {@code geo.databases}
 * @param text what was found, with its value
 * @param advice what to do about it; empty where nothing needs to be done
 */
record Finding(Level level, String subject, String text, String advice) {
    /** How bad it is. */
    enum Level {
        OK,
        WARNING,
        PROBLEM;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding ok(String subject, String text) {
        return new Finding(Level.OK, subject, text, "");
    }

    static Finding warning(String subject, String text, String advice) {
        return new Finding(Level.WARNING, subject, text, advice);
    }

    static Finding problem(String subject, String text, String advice) {
        return new Finding(Level.PROBLEM, subject, text, advice);
    }

    /** One line: {@code warning  open files: 1024 (do this)}. */
    @Override
    public String toString() {
        return String.format("%-8s %s: %s%s", level.word(), subject, text, advice.isEmpty() ? "" : " → " + advice);
    }
}
