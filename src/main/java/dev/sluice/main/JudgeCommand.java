package dev.sluice.main;

import dev.sluice.api.JudgeEndpoint;
import dev.sluice.api.JudgeVerticle;
import dev.sluice.config.JudgeConfig;
import dev.sluice.config.LoadedConfig;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.net.PemIdentity;
import dev.sluice.parse.AddressKind;
import dev.sluice.parse.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sluice judge}: the judge alone, on a machine that proxies can reach. */
@Command(
        name = "judge",
        description = "Judges alone: tells checkers in other processes what arrived through a proxy.",
        sortOptions = false)
final class JudgeCommand implements Callable<Integer> {
    static final String DEFAULT_LISTEN = "127.0.0.1:8081";
    static final int DEFAULT_TLS_PORT = 8443;

    private static final int MAX_PEM_BYTES = 1 << 20;

    @ParentCommand
    private Sluice sluice = new Sluice();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where to listen in plain HTTP; judge.listen, or else " + DEFAULT_LISTEN + ", unless given.")
    private @Nullable String listen;

    @Option(
            names = "--tls-listen",
            paramLabel = "HOST:PORT",
            description = "Where to listen with TLS; judge.tls-listen unless given. With --tls-cert, port "
                    + DEFAULT_TLS_PORT + " beside --listen otherwise.")
    private @Nullable String tlsListen;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "Certificate in PEM, with those that vouch for it. Made for this run unless given.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "Key of the certificate in PEM (PKCS #8).")
    private @Nullable Path key;

    @Override
    public Integer call() throws Exception {
        LoadedConfig loaded = sluice.load(settings());
        PemIdentity own = identity();
        JudgeConfig config = completed(loaded.config().judge(), own != null);
        JudgeSigner signer = Server.signer(config.secret());
        JudgeVerticle judge = own == null
                ? new JudgeVerticle(config, signer, Server.identity())
                : new JudgeVerticle(config, signer, own);
        return Foreground.run(
                loaded,
                (vertx, telemetry) -> vertx.deployVerticle(judge).map(id -> {
                    print(config, judge, own != null, loaded.origins().get("judge.secret"));
                    return () -> vertx.undeploy(id);
                }));
    }

    /** What the options lay over the configuration, below {@code --set}. */
    List<String> settings() {
        List<String> settings = new ArrayList<>();
        if (listen != null) {
            settings.add("judge.listen=" + listen);
        }
        if (tlsListen != null) {
            settings.add("judge.tls-listen=" + tlsListen);
        }
        return settings;
    }

    /** Where to listen when nothing was said: on loopback, and for TLS only when there is a certificate for it. */
    static JudgeConfig completed(JudgeConfig config, boolean certified) {
        String plain = config.listen() == null ? DEFAULT_LISTEN : config.listen();
        String tls = config.tlsListen();
        if (tls == null && certified) {
            tls = plain.substring(0, plain.lastIndexOf(':') + 1) + DEFAULT_TLS_PORT;
        }
        return new JudgeConfig(plain, tls, config.secret());
    }

    /** The operator's own key and certificate; null when none were given. */
    private @Nullable PemIdentity identity() {
        Path certificateFile = certificate;
        Path keyFile = key;
        if (certificateFile == null && keyFile == null) {
            return null;
        }
        if (certificateFile == null || keyFile == null) {
            throw new UsageException((keyFile == null ? "--tls-cert" : "--tls-key")
                    + ": alone (expected: --tls-cert and --tls-key, one belongs to the other)");
        }
        String certificates = text("--tls-cert", certificateFile);
        String privateKey = text("--tls-key", keyFile);
        try {
            return PemIdentity.of(certificates, privateKey);
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    "--tls-cert " + certificateFile + ", --tls-key " + keyFile + ": " + e.getMessage());
        }
    }

    private static String text(String option, Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_PEM_BYTES + 1);
            if (bytes.length > MAX_PEM_BYTES) {
                throw new UsageException(option + ": " + file + ": more than 1MiB (expected: a file in PEM)");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UsageException(option + ": " + file + ": can't be read (expected: a file in PEM)");
        }
    }

    private void print(JudgeConfig config, JudgeVerticle judge, boolean certified, @Nullable String origin) {
        PrintWriter out = spec.commandLine().getOut();
        String host = host(config.listen());
        out.println("judge   http://" + host + ':' + judge.port() + JudgeEndpoint.PATH);
        if (judge.tlsPort() > 0) {
            out.println("tls     https://" + host(config.tlsListen()) + ':' + judge.tlsPort() + JudgeEndpoint.PATH
                    + (certified ? "" : "   signed by itself, which checkers elsewhere do not accept"));
            out.println("pin     " + judge.pin());
        }
        out.println(
                "secret  " + (config.secret() == null ? "random, for this run only" : "judge.secret, from " + origin));
        out.flush();
        PrintWriter err = spec.commandLine().getErr();
        if (config.secret() == null) {
            err.println("warning: judge.secret is not set: answers are signed with a key nobody else knows, so that no"
                    + " checker can verify them (expected: the same judge.secret here and at the checkers)");
        }
        if (isLocal(host)) {
            err.println("note: only this machine can reach " + host + "; --listen 0.0.0.0:" + judge.port()
                    + " opens the judge to proxies");
        }
        err.flush();
    }

    private static boolean isLocal(String host) {
        String name = host.replace("[", "").replace("]", "");
        byte[] address = IpAddress.parse(name);
        return name.equals("localhost") || address != null && AddressKind.of(address) == AddressKind.LOOPBACK;
    }

    private static String host(@Nullable String hostAndPort) {
        return hostAndPort == null ? "" : hostAndPort.substring(0, hostAndPort.lastIndexOf(':'));
    }
}
