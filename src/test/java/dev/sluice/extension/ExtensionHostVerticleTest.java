package dev.sluice.extension;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.ExtensionConfig;
import dev.sluice.config.Inputs;
import dev.sluice.extension.ExtensionHost.State;
import dev.sluice.extension.ExtensionHost.Status;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.message.ProxyChanged;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
class ExtensionHostVerticleTest {
    private static final Path EXAMPLE =
            Path.of("docs/example-extension/src/main/java/com/example/scout/ScoutVerticle.java");

    /** A verticle whose start and stop tell the address {@code test} what happens, then do {@code start}. */
    private static final String VERTICLE = """
            package com.example.test;
            import io.vertx.core.*;
            public class %1$s extends VerticleBase {
                @Override public Future<?> start() throws Exception {
                    vertx.eventBus().consumer("alive.%1$s", message -> message.reply("yes"));
                    vertx.eventBus().publish("test", "start " + config().getString("word", "%1$s"));
                    %2$s
                }
                @Override public Future<?> stop() throws Exception {
                    vertx.eventBus().publish("test", "stop %1$s");
                    return super.stop();
                }
            }
            """;

    @TempDir
    Path folder;

    private Path jar(String name, Map<String, String> sources) throws IOException {
        Path work = Files.createDirectories(folder.resolve("work-" + name));
        List<String> arguments = new ArrayList<>(List.of(
                "-proc:none",
                "-d",
                work.toString(),
                "-cp",
                Objects.requireNonNull(System.getProperty("java.class.path"))));
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = work.resolve(source.getKey() + ".java");
            Files.writeString(file, source.getValue());
            arguments.add(file.toString());
        }
        int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        assertThat(result).as("javac").isZero();
        Path extensions = Files.createDirectories(folder.resolve("extensions"));
        Path jar = extensions.resolve(name);
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out);
                Stream<Path> files = Files.walk(work)) {
            for (Path file : files.filter(candidate -> candidate.toString().endsWith(".class"))
                    .toList()) {
                entries.putNextEntry(
                        new JarEntry(work.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, entries);
            }
        }
        return jar;
    }

    private ExtensionHost host(Vertx vertx, Bus bus, Duration limit, ExtensionConfig... extensions) {
        return new ExtensionHost(vertx, bus, List.of(extensions), folder.resolve("extensions"), limit);
    }

    private static ExtensionConfig extension(String name, String verticle, @Nullable String jar) {
        return new ExtensionConfig(name, verticle, jar, Map.of(), true);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void theExampleHearsOfAProxyAndAddsAnother(Vertx vertx) throws Exception {
        jar("scout.jar", Map.of("ScoutVerticle", Files.readString(EXAMPLE)));
        Bus bus = new Bus(vertx);
        BlockingQueue<CandidatesFound> found = new LinkedBlockingQueue<>();
        bus.serve(Channels.CANDIDATES_FOUND, batch -> {
            found.add(batch);
            return Future.succeededFuture(new CandidatesKept(1, 0));
        });
        // The configuration of the documentation, only faster.
        Matcher yaml =
                Pattern.compile("(?s)```yaml\\n(.*?)```").matcher(Files.readString(Path.of("docs/extensions.md")));
        assertThat(yaml.find()).isTrue();
        Path file = folder.resolve("sluice.yaml");
        Files.writeString(file, yaml.group(1).replace("period-ms: 1000", "period-ms: 5"));
        List<ExtensionConfig> extensions =
                ConfigLoader.load(Inputs.of(Map.of()).withFile(file)).config().extensions();
        ExtensionHost host = new ExtensionHost(vertx, bus, extensions, folder.resolve("extensions"));

        assertThat(await(host.start())).containsExactly(new Status("scout", State.DEPLOYED, null));
        bus.publish(
                Channels.PROXY_CHANGED,
                new ProxyChanged(1, ProxyKey.of(Scheme.HTTP, "8.8.4.4", 3128), Health.fresh(1), alive()));

        CandidatesFound batch = found.poll(20, TimeUnit.SECONDS);
        assertThat(batch).isNotNull();
        assertThat(batch.source()).isEqualTo("scout");
        assertThat(batch.candidates())
                .singleElement()
                .satisfies(candidate -> assertThat(candidate.key().url()).isEqualTo("socks5://8.8.4.4:1080"));
        await(host.stop());
    }

    @Test
    void theDocumentationShowsTheExampleAsItIs() throws IOException {
        assertThat(Files.readString(Path.of("docs/extensions.md")))
                .contains("```java\n" + Files.readString(EXAMPLE) + "```\n");
    }

    @Test
    void aBrokenExtensionIsReportedAndTheOthersGoOn(Vertx vertx) throws Exception {
        jar(
                "test.jar",
                Map.of(
                        "Good", VERTICLE.formatted("Good", "return super.start();"),
                        "Throws", VERTICLE.formatted("Throws", "throw new IllegalStateException(\"no luck\");"),
                        "Errs", VERTICLE.formatted("Errs", "throw new NoClassDefFoundError(\"com/example/Lost\");"),
                        "Fails", VERTICLE.formatted("Fails", "return Future.failedFuture(\"no answer\");"),
                        "Null", VERTICLE.formatted("Null", "return null;"),
                        "NoVerticle", "package com.example.test; public class NoVerticle {}",
                        "Private",
                                VERTICLE.formatted("Private", "return super.start();")
                                        .replace(
                                                "{\n    @Override public Future<?> start",
                                                "{ Private() {}\n    @Override public Future<?> start"),
                        "Init",
                                VERTICLE.formatted("Init", "return super.start();")
                                        .replace(
                                                "{\n    @Override public Future<?> start",
                                                "{ static int x = 1 / (int) Math.floor(0.5);\n    @Override public Future<?> start")));
        Files.writeString(folder.resolve("extensions/text.jar"), "this is no jar");
        Files.copy(folder.resolve("extensions/test.jar"), folder.resolve("outside.jar"));
        Files.createSymbolicLink(folder.resolve("extensions/link.jar"), folder.resolve("outside.jar"));
        Bus bus = new Bus(vertx);
        ExtensionHost host = host(
                vertx,
                bus,
                Duration.ofSeconds(10),
                extension("throws", "com.example.test.Throws", "test.jar"),
                extension("errs", "com.example.test.Errs", "test.jar"),
                extension("fails", "com.example.test.Fails", "test.jar"),
                extension("null", "com.example.test.Null", "test.jar"),
                extension("no-verticle", "com.example.test.NoVerticle", "test.jar"),
                extension("private", "com.example.test.Private", "test.jar"),
                extension("init", "com.example.test.Init", "test.jar"),
                extension("lost-class", "com.example.test.Lost", "test.jar"),
                extension("lost-jar", "com.example.test.Good", "lost.jar"),
                extension("no-jar", "com.example.test.Good", "text.jar"),
                extension("outside", "com.example.test.Good", "../outside.jar"),
                extension(
                        "absolute",
                        "com.example.test.Good",
                        folder.resolve("outside.jar").toString()),
                extension("link", "com.example.test.Good", "link.jar"),
                extension("class-path", "com.example.test.Good", null),
                new ExtensionConfig("off", "com.example.test.Good", "test.jar", Map.of(), false),
                extension("good", "com.example.test.Good", "test.jar"));

        Map<String, String> outcomes = new java.util.LinkedHashMap<>();
        await(host.start()).forEach(status -> outcomes.put(status.name(), status.state() + " " + status.reason()));

        assertThat(outcomes)
                .containsEntry("throws", "FAILED java.lang.IllegalStateException: no luck")
                .containsEntry("errs", "FAILED java.lang.NoClassDefFoundError: com/example/Lost")
                .hasEntrySatisfying(
                        "fails", text -> assertThat(text).startsWith("FAILED").contains("no answer"))
                .containsEntry("null", "FAILED start() returned null")
                .hasEntrySatisfying("no-verticle", text -> assertThat(text).contains("NoVerticle is no verticle"))
                .hasEntrySatisfying("private", text -> assertThat(text).contains("no public constructor"))
                .hasEntrySatisfying("init", text -> assertThat(text).contains("Init can't be linked"))
                .containsEntry("lost-class", "FAILED verticle: class com.example.test.Lost is not there")
                .hasEntrySatisfying("lost-jar", text -> assertThat(text).endsWith("lost.jar is not there"))
                .containsEntry("no-jar", "FAILED verticle: class com.example.test.Good is not there")
                .hasEntrySatisfying("outside", text -> assertThat(text).contains("(expected: a file inside "))
                .hasEntrySatisfying("absolute", text -> assertThat(text).contains("(expected: a file inside "))
                .hasEntrySatisfying("link", text -> assertThat(text).contains("(expected: a file inside "))
                .containsEntry("class-path", "FAILED verticle: class com.example.test.Good is not there")
                .containsEntry("off", "DISABLED null")
                .containsEntry("good", "DEPLOYED null")
                .hasSize(16);
        String answer =
                await(vertx.eventBus().<String>request("alive.Good", "?").map(reply -> reply.body()));
        assertThat(answer).isEqualTo("yes");
        assertThat(vertx.deploymentIDs()).hasSize(1);
        await(host.stop());
        assertThat(vertx.deploymentIDs()).isEmpty();
    }

    @Test
    void aStartThatNeverEndsIsGivenUp(Vertx vertx) throws Exception {
        jar(
                "test.jar",
                Map.of(
                        "Waits", VERTICLE.formatted("Waits", "return Promise.promise().future();"),
                        "Blocks",
                                VERTICLE.formatted(
                                        "Blocks",
                                        "new java.util.concurrent.CountDownLatch(1).await(); return super.start();"),
                        "Good", VERTICLE.formatted("Good", "return super.start();")));
        ExtensionHost host = host(
                vertx,
                new Bus(vertx),
                Duration.ofMillis(500),
                extension("waits", "com.example.test.Waits", "test.jar"),
                extension("blocks", "com.example.test.Blocks", "test.jar"),
                extension("good", "com.example.test.Good", "test.jar"));

        assertThat(await(host.start()))
                .containsExactly(
                        new Status("waits", State.FAILED, "did not start within 0.5 s"),
                        new Status("blocks", State.FAILED, "did not start within 0.5 s"),
                        new Status("good", State.DEPLOYED, null));
        assertThat(host.statuses()).hasSize(3);
        await(host.stop());
    }

    @Test
    void extensionsStopInReverseOrderAndGetTheirConfiguration(Vertx vertx) throws Exception {
        jar(
                "test.jar",
                Map.of(
                        "First", VERTICLE.formatted("First", "return super.start();"),
                        "Second", VERTICLE.formatted("Second", "return super.start();")));
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        await(vertx.eventBus()
                .<String>consumer("test", message -> events.add(message.body()))
                .completion());
        ExtensionHost host = host(
                vertx,
                new Bus(vertx),
                Duration.ofSeconds(10),
                new ExtensionConfig("a", "com.example.test.First", "test.jar", Map.of("word", "hello"), true),
                extension("b", "com.example.test.Second", "test.jar"));

        await(host.start());
        await(host.stop());

        for (String expected : List.of("start hello", "start Second", "stop Second", "stop First")) {
            assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo(expected);
        }
    }

    private static Health alive() {
        return new Health(
                true,
                true,
                Verified.FULL,
                1,
                Anonymity.ELITE,
                Tampering.NONE,
                null,
                Tier.ACTIVE,
                RiskCategory.LOW,
                5,
                2,
                1,
                1,
                1,
                1,
                1.0,
                100.0,
                0,
                1,
                1,
                0,
                FailureReason.NONE,
                1);
    }
}
