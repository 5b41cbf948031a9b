package dev.sluice.store.postgres;

import org.jspecify.annotations.Nullable;

/**
 * Texts from outside, for columns of type {@code text}: PostgreSQL cannot hold U+0000, and credentials may be any
 * characters. It is written as a backslash and a zero, a backslash as two.
 */
final class PostgresText {
    private PostgresText() {}

    static @Nullable String write(@Nullable String text) {
        return text == null || (text.indexOf('\\') < 0 && text.indexOf('\0') < 0)
                ? text
                : text.replace("\\", "\\\\").replace("\0", "\\0");
    }

    static @Nullable String read(@Nullable String stored) {
        if (stored == null || stored.indexOf('\\') < 0) {
            return stored;
        }
        StringBuilder text = new StringBuilder(stored.length());
        for (int i = 0; i < stored.length(); i++) {
            char c = stored.charAt(i);
            if (c == '\\' && i + 1 < stored.length()) {
                text.append(stored.charAt(++i) == '0' ? '\0' : '\\');
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }
}
