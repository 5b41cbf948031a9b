package dev.sluice.export;

import dev.sluice.proxy.Scheme;
import java.util.Objects;

/**
 * How an export is to be written.
 *
 * @param credentials whether users and passwords are shown
 * @param kind the proxies of a format that holds those of one kind only
 */
public record ExportOptions(boolean credentials, Scheme kind) {
    public ExportOptions {
        Objects.requireNonNull(kind, "kind");
    }

    /** Of HTTP proxies where one kind has to do. */
    public static ExportOptions of(boolean credentials) {
        return new ExportOptions(credentials, Scheme.HTTP);
    }
}
