package dev.sluice.parse;

import dev.sluice.message.Candidate;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import org.jspecify.annotations.Nullable;

/** From what a list claims to an identity. */
public final class EntryMapping {
    private EntryMapping() {}

    /**
     * The candidate an entry stands for. In public lists {@code https} means an HTTP proxy that tunnels by CONNECT: it
     * becomes scheme {@code http} with the claim {@link Capability#HTTPS}. So the {@code http} and the {@code https}
     * entry of one endpoint give the same key; whoever batches candidates joins their claims.
     *
     * @param defaultScheme read like a claim where the entry has none; null leaves it {@link Scheme#UNKNOWN}
     * @param httpsIsTls whether {@code https} means a proxy that is itself reached over TLS
     */
    public static Candidate toCandidate(Entry entry, @Nullable Scheme defaultScheme, boolean httpsIsTls) {
        Scheme claimed = entry.protocol() == null
                ? defaultScheme
                : Scheme.of(entry.protocol()).orElse(Scheme.UNKNOWN);
        Scheme scheme = claimed == null ? Scheme.UNKNOWN : claimed;
        int capabilities = scheme == Scheme.HTTP ? Capability.HTTP.bit() : Capability.NONE;
        if (scheme == Scheme.HTTPS && !httpsIsTls) {
            scheme = Scheme.HTTP;
            capabilities = Capability.HTTPS.bit();
        }
        ProxyKey key = new ProxyKey(scheme, entry.host(), entry.port(), entry.credentials());
        return new Candidate(key, capabilities, countryCode(entry.country()));
    }

    /**
     * ISO 3166-1 alpha-2 in upper case for a code or an English name in one of its usual spellings; {@code XK} for
     * Kosovo; null where the text names no country.
     */
    public static @Nullable String countryCode(@Nullable String text) {
        return text == null ? null : Countries.code(text);
    }
}
