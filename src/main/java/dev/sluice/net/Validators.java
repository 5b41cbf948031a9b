package dev.sluice.net;

import org.jspecify.annotations.Nullable;

/**
 * What a server says a body can be recognised by (RFC 9110, section 8.8); sent back as {@code If-None-Match} and
 * {@code If-Modified-Since}.
 *
 * @param etag as received, quotes included; null when there was none
 * @param lastModified as received; null when there was none
 */
public record Validators(@Nullable String etag, @Nullable String lastModified) {
    /** Nothing known: an unconditional request. */
    public static final Validators NONE = new Validators(null, null);

    /** Whether a request with these is conditional. */
    public boolean present() {
        return etag != null || lastModified != null;
    }
}
