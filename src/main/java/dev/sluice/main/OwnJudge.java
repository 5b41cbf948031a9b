package dev.sluice.main;

import dev.sluice.api.JudgeVerticle;
import dev.sluice.check.Judges;
import dev.sluice.config.CheckMode;
import dev.sluice.config.SluiceConfig;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.parse.AddressKind;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether this process can judge for itself: only where proxies can reach it. A judge on loopback would fail every
 * proxy of the real internet, so it is used only where checks are confined to loopback too.
 */
final class OwnJudge {
    private static final Logger LOG = LoggerFactory.getLogger(OwnJudge.class);

    private final SluiceConfig config;

    OwnJudge(SluiceConfig config) {
        this.config = config;
    }

    /**
     * The judges checks shall use.
     *
     * @param apiPort port the API listens on
     * @param listeners the judge's own listeners, started
     */
    Judges judges(int apiPort, JudgeVerticle listeners, JudgeSigner signer) {
        List<String> plain = config.check().judges();
        if (plain.isEmpty()) {
            String own = listeners.port() > 0
                    ? reachable(host(config.judge().listen()), listeners.port())
                    : reachable(config.server().host(), apiPort);
            plain = own == null ? List.of() : List.of("http://" + own + "/judge");
        }
        List<String> tls = config.check().tlsJudges();
        String pin = null;
        if (tls.isEmpty() && listeners.tlsPort() > 0) {
            String own = reachable(host(config.judge().tlsListen()), listeners.tlsPort());
            if (own != null) {
                tls = List.of("https://" + own + "/judge");
                pin = listeners.pin();
            }
        }
        Judges own = Judges.of(plain, tls, pin, signer);
        return plain.isEmpty() ? withPublicPages(own) : own;
    }

    /** Pages of other people, where no judge of ours can be reached. Within {@code net.allowed-networks} there are none. */
    private Judges withPublicPages(Judges own) {
        Judges all = own.withPublic(
                        config.check().publicJudges(), config.check().quorum())
                .within(new AddressPolicy(config.net().allowedNetworks(), true));
        if (config.check().mode() == CheckMode.CONNECT) {
            return all;
        }
        if (all.publicPages().isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("check.mode", config.check().mode())
                    .log("no judge that proxies can reach: proxies are verified by connecting only"
                            + " (expected: check.judges, check.public-judges, or server.host with a public address)");
        } else {
            LOG.atInfo()
                    .addKeyValue("pages", all.publicPages().size())
                    .addKeyValue("check.quorum", config.check().quorum())
                    .log("no judge of our own that proxies can reach: public pages judge");
        }
        return all;
    }

    /** {@code host:port} for a URL when proxies under check can reach it, else null. */
    private @Nullable String reachable(String host, int port) {
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String name = bracketed ? host.substring(1, host.length() - 1) : host;
        byte[] address = IpAddress.parse(name.equals("localhost") ? "127.0.0.1" : name);
        if (address == null) {
            return name + ':' + port;
        }
        boolean usable = config.net().allowedNetworks().isEmpty()
                ? AddressKind.of(address) == AddressKind.PUBLIC
                : new AddressPolicy(config.net().allowedNetworks(), false).mayDial(address);
        if (!usable) {
            return null;
        }
        return (name.indexOf(':') >= 0 ? '[' + name + ']' : name) + ':' + port;
    }

    private static String host(@Nullable String hostAndPort) {
        return hostAndPort == null ? "" : hostAndPort.substring(0, hostAndPort.lastIndexOf(':'));
    }
}
