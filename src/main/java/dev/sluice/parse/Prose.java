package dev.sluice.parse;

import java.util.Locale;

/** What a line says that holds no endpoint: that something failed, how a table is headed, that a page begins. */
final class Prose {
    private static final String[] ERRORS = {
        "not found",
        "forbidden",
        "access denied",
        "unauthorized",
        "rate limit",
        "too many requests",
        "too fast",
        "bad gateway",
        "gateway timeout",
        "gateway time-out",
        "service unavailable",
        "temporarily unavailable",
        "internal server error",
        "bad request",
        "reached the maximum",
        "limit exceeded",
        "limit reached",
        "temporarily stop you",
        "invalid api key",
        "invalid token",
        "api key required",
        "permission denied",
        "captcha",
        "under maintenance",
    };
    private static final String[] HEADINGS = {
        "proxy", "proxies", "http://", "https://", "updated", "website", "ip address", "ip:port", "telegram"
    };
    private static final String[] PAGES = {"<!doctype", "<html", "<head", "<title", "<body", "<?xml"};

    private Prose() {}

    /** Whether a text heads a list or the columns of a table. */
    static boolean isHeading(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        for (String word : HEADINGS) {
            if (lower.contains(word)) {
                return true;
            }
        }
        return CsvListParser.isHeader(CsvListParser.split(text, CsvListParser.separator(text)));
    }

    /** Whether a text, in lower case, says that a source has no list to give. */
    static boolean saysError(String lower) {
        if (lower.startsWith("no proxy") || lower.startsWith("no proxies") || lower.startsWith("error")) {
            return true;
        }
        for (String words : ERRORS) {
            if (lower.contains(words)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a text begins as a page does, and not as a mere piece of markup. */
    static boolean beginsPage(String text) {
        for (String beginning : PAGES) {
            if (text.regionMatches(true, 0, beginning, 0, beginning.length())) {
                return true;
            }
        }
        return false;
    }
}
