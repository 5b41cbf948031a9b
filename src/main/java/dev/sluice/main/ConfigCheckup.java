package dev.sluice.main;

import dev.sluice.config.CheckConfig;
import dev.sluice.config.CheckMode;
import dev.sluice.config.ExtensionConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.SourceConfig;
import dev.sluice.config.SourceKind;
import dev.sluice.store.Stores;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What can be known to go wrong with a configuration that is well-formed. Looks at files; connects to nothing. */
final class ConfigCheckup {
    private static final Path EXTENSIONS = Path.of("extensions");

    private final SluiceConfig config;
    private final Path directory;
    private final List<Finding> findings = new ArrayList<>();

    private ConfigCheckup(SluiceConfig config, Path directory) {
        this.config = config;
        this.directory = directory;
    }

    /**
     * Everything that is not as it should be; empty when nothing was found.
     *
     * @param directory against which paths are resolved
     */
    static List<Finding> of(SluiceConfig config, Path directory) {
        ConfigCheckup checkup = new ConfigCheckup(config, directory);
        checkup.files();
        checkup.timeouts();
        checkup.judges();
        checkup.work();
        checkup.instances();
        return List.copyOf(checkup.findings);
    }

    private void files() {
        for (String database : config.geo().databases()) {
            readable("geo.databases", database, "an MMDB file that this user may read");
        }
        for (ExtensionConfig extension : config.extensions()) {
            String jar = extension.jar();
            if (extension.enabled() && jar != null) {
                readable(
                        "extensions." + extension.name() + ".jar",
                        EXTENSIONS.resolve(jar).toString(),
                        "put the jar there");
            }
        }
        for (Map.Entry<String, SourceConfig> source :
                new TreeMap<>(config.fetch().sources()).entrySet()) {
            if (source.getValue().kind() == SourceKind.FILE && source.getValue().enabled()) {
                for (String file : source.getValue().urls()) {
                    String plain = file.indexOf('|') < 0 ? file : file.substring(file.indexOf('|') + 1);
                    if (missing(plain) != null) {
                        warn(
                                "fetch.sources." + source.getKey() + ".urls",
                                plain + ": " + missing(plain),
                                "put the list there");
                    }
                }
            }
        }
        String directory = config.queue().directory();
        if (directory != null) {
            writable("queue.directory", Path.of(directory));
        }
        writable("store.url", DataDirectory.of(config.store()));
    }

    private void readable(String key, String file, String advice) {
        String missing = missing(file);
        if (missing != null) {
            fail(key, file + ": " + missing, advice);
        }
    }

    private @Nullable String missing(String file) {
        try {
            Path path = directory.resolve(file);
            if (!Files.exists(path)) {
                return "no such file";
            }
            return Files.isDirectory(path) ? "a directory" : Files.isReadable(path) ? null : "not readable";
        } catch (InvalidPathException e) {
            return "no path";
        }
    }

    /** The directory itself, or the nearest one above it that is there and in which it would be made. */
    private void writable(String key, Path wanted) {
        Path there = directory.resolve(wanted).toAbsolutePath().normalize();
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there)) {
            fail(key, there + ": no directory", "a path whose directories can be made");
        } else if (!Files.isWritable(there)) {
            fail(key, there + ": not writable", "let the user that runs Sluice write there");
        }
    }

    private void timeouts() {
        CheckConfig check = config.check();
        longer("check.connect-timeout", check.connectTimeout().toMillis(), check);
        longer("check.tls-timeout", check.tlsTimeout().toMillis(), check);
        longer("check.first-byte-timeout", check.firstByteTimeout().toMillis(), check);
        if (check.connectTimeoutFloor().compareTo(check.connectTimeout()) > 0) {
            warn(
                    "check.connect-timeout-floor",
                    check.connectTimeoutFloor().toMillis() + " ms, above check.connect-timeout",
                    "a floor below " + check.connectTimeout().toMillis() + " ms: the timeout can't shrink now");
        }
    }

    private void longer(String key, long millis, CheckConfig check) {
        if (millis > check.totalTimeout().toMillis()) {
            warn(
                    key,
                    millis + " ms, longer than check.total-timeout",
                    "at most " + check.totalTimeout().toMillis() + " ms: no attempt ever takes longer");
        }
    }

    private void judges() {
        CheckConfig check = config.check();
        boolean elsewhere = !check.judges().isEmpty();
        boolean pages = !check.publicJudges().isEmpty()
                && config.net().allowedNetworks().isEmpty();
        boolean own = config.judge().listen() != null
                || !isLoopback(config.server().host())
                || !config.net().allowedNetworks().isEmpty();
        if (check.mode() == CheckMode.FULL && !elsewhere && !pages && !own) {
            fail(
                    "check.mode",
                    "full, and no judge that proxies can reach",
                    "check.judges, check.public-judges or judge.listen");
        }
        if (elsewhere && config.judge().secret() == null) {
            warn(
                    "judge.secret",
                    "absent, while check.judges are other processes",
                    "the same secret here and there: answers of another key are not believed");
        }
        if (pages && !elsewhere && check.publicJudges().size() < check.quorum()) {
            warn(
                    "check.quorum",
                    check.quorum() + " of " + check.publicJudges().size() + " public judges",
                    "as many public judges as must agree: until then none of them is used");
        }
    }

    private void work() {
        boolean listed = config.fetch().sources().values().stream().anyMatch(SourceConfig::enabled);
        if (config.fetch().enabled() && !listed) {
            warn("fetch.sources", "none is enabled", "a source, or an import: otherwise there is nothing to check");
        }
        if (config.schedule().enabled() && config.check().rate() < 10) {
            warn("check.rate", config.check().rate() + " a second", "more, unless the list is short");
        }
    }

    private void instances() {
        if (Stores.isShared(config.store().url()) && config.security().pepper() == null) {
            warn(
                    "security.pepper",
                    "absent, with a database that instances can share",
                    "the same pepper for every instance, or API keys made by one are refused by the others");
        }
    }

    static boolean isLoopback(String host) {
        String plain = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        return plain.equals("localhost") || plain.startsWith("127.") || plain.equals("::1");
    }

    private void warn(String key, String text, String advice) {
        findings.add(Finding.warning(key, text, advice));
    }

    private void fail(String key, String text, String advice) {
        findings.add(Finding.problem(key, text, advice));
    }
}
