package dev.sluice.parse;

import dev.sluice.proxy.Credentials;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The last gate before the sink: address rules, duplicates, most entries. Confined to the feeding thread. */
final class Intake implements Finding.Taker {
    private static final long HASHED = 1L << 63;

    private final ParseOptions options;
    private final EntrySink sink;
    private final SeenSet seen = new SeenSet();
    private final byte[] scratch = new byte[4];
    private long reported;

    Intake(ParseOptions options, EntrySink sink) {
        this.options = options;
        this.sink = sink;
    }

    /** How many calls the sink has had. */
    long reported() {
        return reported;
    }

    @Override
    public void take(Finding finding) {
        HostReading host = finding.host();
        Rejection refusal = finding.refusal();
        if (refusal != null || host == null) {
            reject(
                    finding.line(),
                    refusal == null ? Rejection.NOT_A_PROXY : refusal,
                    finding.detail(),
                    finding.sample());
            return;
        }
        byte[] address = host.address();
        if (address != null) {
            String kind = options.policy().refusal(address);
            if (kind != null) {
                reject(finding.line(), Rejection.NON_PUBLIC, kind, finding.sample());
                return;
            }
        }
        Credentials credentials = finding.credentials();
        if (options.maxEntries() == 0) {
            accept(finding, host);
            return;
        }
        long key = credentials == null && address != null && address.length == 4
                ? plainKey(
                        (address[0] & 0xff) << 24
                                | (address[1] & 0xff) << 16
                                | (address[2] & 0xff) << 8
                                | (address[3] & 0xff),
                        finding.port(),
                        Protocols.code(finding.protocol()))
                : hashedKey(host.host(), finding.port(), Protocols.code(finding.protocol()), credentials);
        if (fresh(finding.line(), key, finding.sample())) {
            accept(finding, host);
        }
    }

    private void accept(Finding finding, HostReading host) {
        reported++;
        sink.accept(
                finding.line(),
                new Entry(finding.protocol(), host.host(), finding.port(), finding.credentials(), finding.country()));
    }

    /** The fast way for an IPv4 entry whose text {@code [from, to)} is canonical. */
    void takePlain(long line, @Nullable String protocol, int address, int port, byte[] text, int from, int to) {
        scratch[0] = (byte) (address >>> 24);
        scratch[1] = (byte) (address >>> 16);
        scratch[2] = (byte) (address >>> 8);
        scratch[3] = (byte) address;
        String kind = options.policy().refusal(scratch);
        String host = new String(text, from, to - from, StandardCharsets.ISO_8859_1);
        if (kind != null) {
            reject(line, Rejection.NON_PUBLIC, kind, host + ':' + port);
            return;
        }
        int claim = Protocols.code(protocol);
        if (options.maxEntries() > 0
                && (seen.size() >= options.maxEntries() || !seen.add(plainKey(address, port, claim)))) {
            refuseKnown(line, plainKey(address, port, claim), host + ':' + port);
            return;
        }
        reported++;
        sink.accept(line, new Entry(protocol, host, port, null, null));
    }

    void reject(long line, Rejection reason, String detail, String sample) {
        reported++;
        sink.reject(line, reason, detail, sample);
    }

    private boolean fresh(long line, long key, String sample) {
        if (seen.size() < options.maxEntries() && seen.add(key)) {
            return true;
        }
        refuseKnown(line, key, sample);
        return false;
    }

    private void refuseKnown(long line, long key, String sample) {
        if (seen.contains(key)) {
            reject(line, Rejection.DUPLICATE, "", sample);
        } else {
            reject(line, Rejection.TOO_LONG, "more than " + options.maxEntries() + " entries", sample);
        }
    }

    private static long plainKey(int address, int port, int claim) {
        return (long) claim << 48 | (address & 0xffffffffL) << 16 | port;
    }

    private static long hashedKey(String host, int port, int claim, @Nullable Credentials credentials) {
        long hash = SeenSet.mix((long) claim << 17 | (long) port << 1 | (credentials == null ? 0 : 1));
        hash = hashed(hash, host);
        if (credentials != null) {
            hash = hashed(hash, credentials.user());
            hash = hashed(hash, credentials.password().reveal());
        }
        return hash | HASHED;
    }

    private static long hashed(long start, String text) {
        long hash = SeenSet.mix(start + text.length());
        long word = 0;
        for (int i = 0; i < text.length(); i++) {
            word = word << 16 | text.charAt(i);
            if ((i & 3) == 3) {
                hash = SeenSet.mix(hash * 0x9e3779b97f4a7c15L ^ word);
                word = 0;
            }
        }
        return SeenSet.mix(hash * 0x9e3779b97f4a7c15L ^ word);
    }
}
