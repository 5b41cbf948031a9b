package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.ConfigLoader;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.CredentialRow;
import dev.sluice.port.Encryption;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.queue.JobRun;
import dev.sluice.queue.JobStoppedException;
import dev.sluice.queue.LeaseLostException;
import dev.sluice.queue.PlayedRun;
import dev.sluice.secret.CredentialVault;
import dev.sluice.secret.Reencryption;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReencryptJobTest {
    private static final long NOW = 1_800_000_000_000L;
    private static final int PASSWORDS = 2_500;

    private final Vertx vertx = Vertx.vertx();
    private final CredentialVault both = TestVaults.of(TestVaults.OTHER_KEY + ',' + TestVaults.KEY);

    @TempDir
    private Path folder = Path.of(".");

    private ProxyStore store;

    @BeforeEach
    void fill() throws Exception {
        ProxyStore first = open(TestVaults.usual());
        await(first.keep(
                new CandidatesFound(
                        "list",
                        NOW,
                        IntStream.rangeClosed(1, PASSWORDS)
                                .mapToObj(i -> new Candidate(
                                        new ProxyKey(Scheme.HTTP, "192.0.2.1", i, Credentials.of("u", "p" + i)),
                                        0,
                                        null))
                                .toList()),
                Merge.UPDATE));
        await(first.close());
        store = open(both);
    }

    @AfterEach
    void close() throws Exception {
        await(store.close());
        await(vertx.close());
    }

    private ProxyStore open(CredentialVault vault) throws Exception {
        return await(Stores.open(
                vertx,
                ConfigLoader.defaults("store.url=sqlite:" + folder.resolve("sluice.db"))
                        .store(),
                vault));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(60, TimeUnit.SECONDS);
    }

    private ReencryptJob job() {
        return new ReencryptJob(new Reencryption(store.credentials(), store.settings(), both, InstantSource.system()));
    }

    private static PlayedRun run() {
        return new PlayedRun(NewJob.of(JobKind.ANALYSIS, Encryption.REENCRYPT, "{}"), NOW, null);
    }

    private List<CredentialRow> rows() throws Exception {
        return await(store.credentials().page(0, 10_000));
    }

    @Test
    void anotherAttemptGoesOnWhereTheLastOneWas() throws Exception {
        List<CredentialRow> before = rows();
        PlayedRun played = run();
        assertThatThrownBy(() -> await(job().run(new LostAfterAPage(played)))).isInstanceOf(LeaseLostException.class);
        assertThat(played.notes).hasSize(1);
        List<CredentialRow> between = rows();
        assertThat(between.subList(0, 2_000))
                .as("the second page was written and not noted")
                .noneMatch(before::contains);
        assertThat(between.subList(2_000, PASSWORDS)).isEqualTo(before.subList(2_000, PASSWORDS));

        String result = await(job().run(played.next(2)));

        assertThat(result)
                .as("what was done and not noted is looked at twice, and left as it is")
                .isEqualTo("{\"looked\":2500,\"encrypted\":1500,\"merged\":0,\"unavailable\":0}");
        assertThat(rows().subList(0, 2_000)).isEqualTo(between.subList(0, 2_000));
        await(store.close());
        CredentialVault only = TestVaults.of(TestVaults.OTHER_KEY);
        store = open(only);
        assertThat(rows())
                .hasSize(PASSWORDS)
                .allMatch(row -> only.open(row.stored(), row.binding()).available());
    }

    @Test
    void whatIsNotDoneStaysReadable() throws Exception {
        PlayedRun played = run();
        assertThatThrownBy(() -> await(job().run(new LostAfterAPage(played)))).isInstanceOf(LeaseLostException.class);

        assertThat(await(store.page(0, 10_000)))
                .hasSize(PASSWORDS)
                .allMatch(entry -> entry.key().usable());
    }

    @Test
    void whoIsAskedToStopStops() throws Exception {
        List<CredentialRow> before = rows();
        PlayedRun run = run();
        run.stop();

        assertThatThrownBy(() -> await(job().run(run))).isInstanceOf(JobStoppedException.class);
        assertThat(rows()).isEqualTo(before);
    }

    /** Loses its lease while it notes the second page. */
    private record LostAfterAPage(PlayedRun played) implements JobRun {
        @Override
        public JobRecord job() {
            return played.job();
        }

        @Override
        public boolean cancelled() {
            return played.cancelled();
        }

        @Override
        public Future<Void> whenCancelled() {
            return played.whenCancelled();
        }

        @Override
        public Future<Void> progress(String json, @Nullable String cursor) {
            if (!played.notes.isEmpty()) {
                played.lose();
            }
            return played.progress(json, cursor);
        }
    }
}
