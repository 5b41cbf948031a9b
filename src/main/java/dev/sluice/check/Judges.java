package dev.sluice.check;

import dev.sluice.judge.JudgeSigner;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The judges there are: Sluice's own, which share a key, and public pages that echo a request.
 *
 * @param plain own ones for plain HTTP, tried in order
 * @param tls own ones for TLS, tried in order
 * @param tlsPin {@link dev.sluice.net.SpkiPin} of the own TLS judges; null: their certificates must be valid for their names
 * @param signer verifies the answers of own ones
 * @param publicPages other people's, for plain HTTP and TLS mixed
 * @param quorum how many public pages for plain HTTP, of different hosts, must agree, 1 or more
 */
public record Judges(
        List<JudgeUrl> plain,
        List<JudgeUrl> tls,
        @Nullable String tlsPin,
        JudgeSigner signer,
        List<JudgeUrl> publicPages,
        int quorum) {
    private static final byte[] LOCALHOST = {127, 0, 0, 1};

    public Judges {
        plain = List.copyOf(plain);
        tls = List.copyOf(tls);
        publicPages = List.copyOf(publicPages);
        for (JudgeUrl judge : plain) {
            if (judge.tls()) {
                throw new IllegalArgumentException("judge: " + judge.host() + " speaks TLS (expected: plain HTTP)");
            }
        }
        for (JudgeUrl judge : tls) {
            if (!judge.tls()) {
                throw new IllegalArgumentException("TLS judge: " + judge.host() + " speaks plain HTTP (expected: TLS)");
            }
        }
        if (quorum < 1) {
            throw new IllegalArgumentException("quorum: " + quorum + " (expected: 1 or more)");
        }
    }

    /**
     * Own judges alone, by URLs as in {@code check.judges} and {@code check.tls-judges}.
     *
     * @throws IllegalArgumentException naming the URL that is none, or of the wrong scheme
     */
    public static Judges of(List<String> plain, List<String> tls, @Nullable String tlsPin, JudgeSigner signer) {
        return new Judges(
                plain.stream().map(JudgeUrl::parse).toList(),
                tls.stream().map(JudgeUrl::parse).toList(),
                tlsPin,
                signer,
                List.of(),
                1);
    }

    /**
     * These, and public pages by URLs as in {@code check.public-judges}; one that is listed twice is taken once.
     *
     * @param agreeing {@code check.quorum}, 1 or more
     * @throws IllegalArgumentException naming the URL that is none
     */
    public Judges withPublic(List<String> urls, int agreeing) {
        List<JudgeUrl> pages =
                urls.stream().map(JudgeUrl::parsePublic).distinct().toList();
        return new Judges(plain, tls, tlsPin, signer, pages, agreeing);
    }

    /**
     * These without the public pages that can't be asked under {@code policy}. Where {@code net.allowed-networks} is set, a
     * name is not even looked up: only pages at an address inside, or at {@code localhost}, remain. The own judges were
     * chosen by the operator and remain; what lies outside is not dialled anyway.
     */
    public Judges within(AddressPolicy policy) {
        if (policy.allowedNetworks().isEmpty()) {
            return this;
        }
        List<JudgeUrl> inside = new ArrayList<>();
        for (JudgeUrl page : publicPages) {
            byte[] address = isLocalhost(page.host()) ? LOCALHOST : IpAddress.parse(page.host());
            if (address != null && policy.mayDial(address)) {
                inside.add(page);
            }
        }
        return new Judges(plain, tls, tlsPin, signer, inside, quorum);
    }

    private static boolean isLocalhost(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.equals("localhost") || lower.endsWith(".localhost");
    }

    /** How many different hosts have a public page for plain HTTP. */
    int publicPlainHosts() {
        Set<String> hosts = new HashSet<>();
        for (JudgeUrl page : publicPages) {
            if (!page.tls()) {
                hosts.add(page.host());
            }
        }
        return hosts.size();
    }
}
