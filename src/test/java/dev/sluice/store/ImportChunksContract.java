package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.LEASE;
import static dev.sluice.store.ProxyStoreContract.NOW;
import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.batch;
import static dev.sluice.store.ProxyStoreContract.claim;
import static dev.sluice.store.ProxyStoreContract.failure;
import static dev.sluice.store.ProxyStoreContract.http;
import static dev.sluice.store.ProxyStoreContract.many;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecords.Claim;
import dev.sluice.port.JobState;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every store promises of the chunks of an import. */
interface ImportChunksContract {
    /** The store of this test. */
    ProxyStore store();

    /** Closes the store and opens it on what this test has stored so far. */
    void reopen() throws Exception;

    /** Leases a job, which comes into being where it is missing; whoever held it has lost it. Returns the token. */
    default long lease(String job) throws Exception {
        var jobs = store().jobs();
        var known = await(jobs.get(job));
        if (known.isEmpty()) {
            await(jobs.add(job, NewJob.of(JobKind.IMPORT, "import", "{}"), NOW, 100));
        } else {
            await(jobs.handBack(Map.of(job, known.get().leaseToken()), NOW));
        }
        return await(jobs.take(job, new Claim("worker", "node", NOW, NOW + LEASE)))
                .orElseThrow()
                .leaseToken();
    }

    /** Ends the job. */
    default void complete(String job, long token) throws Exception {
        assertThat(await(store().jobs().end(job, token, JobState.COMPLETED, "{}", null, NOW)))
                .isTrue();
    }

    @Test
    default void aChunkIsKeptWithItsCheckpoint() throws Exception {
        long token = lease("j");
        assertThat(await(store().imported("j"))).isEqualTo(new ImportTotals(0, 0, 0, 0, 0, null));

        ChunkKept first =
                await(store().keepChunk(chunk("j", token, 0, 7, 2, "at 7 \0 \\0", http(1), http(2)), Merge.UPDATE));
        ChunkKept second = await(store().keepChunk(chunk("j", token, 1, 5, 1, "at 12", http(2), http(3)), Merge.UPDATE));

        assertThat(first).isEqualTo(new ChunkKept(2, 0, false));
        assertThat(second).isEqualTo(new ChunkKept(1, 1, false));
        assertThat(await(store().imported("j"))).isEqualTo(new ImportTotals(2, 12, 3, 1, 3, "at 12"));
        assertThat(await(store().find(http(3))).orElseThrow().lists()).containsExactly("import:j");
        assertThat(await(store().expedite(idsOf(http(1), http(2), http(3)), 10, NOW)))
                .as("all of them wait to be checked")
                .isEqualTo(3);
        reopen();
        assertThat(await(store().imported("j"))).isEqualTo(new ImportTotals(2, 12, 3, 1, 3, "at 12"));
        assertThat(await(store().imported("another"))).isEqualTo(new ImportTotals(0, 0, 0, 0, 0, null));
    }

    @Test
    default void aCursorComesBackAsItWas() throws Exception {
        long token = lease("j");
        String cursor = "{\"at\":7} \0 \\0 \\ Zürich 東京 🐟";

        await(store().keepChunk(chunk("j", token, 0, 7, 2, cursor, http(1)), Merge.UPDATE));

        assertThat(await(store().imported("j")).cursor()).isEqualTo(cursor);
    }

    @Test
    default void aRepeatedChunkChangesNothingAndAnswersAsBefore() throws Exception {
        long token = lease("j");
        await(store().keepChunk(chunk("j", token, 0, 3, 0, "three", http(1), http(2)), Merge.UPDATE));
        long again = lease("j");

        ChunkKept repeated = await(
                store().keepChunk(chunk("j", again, 0, 9, 9, "nine", http(2), http(3), http(4)), Merge.REPLACE));

        assertThat(repeated).isEqualTo(new ChunkKept(2, 0, true));
        assertThat(await(store().imported("j"))).isEqualTo(new ImportTotals(1, 3, 2, 0, 0, "three"));
        assertThat(await(store().find(http(3)))).isEmpty();
        assertThat(await(store().find(http(2))).orElseThrow().health().version()).isZero();
    }

    @Test
    default void withoutTheLeaseNothingIsWritten() throws Exception {
        long lost = lease("j");
        long held = lease("j");
        ImportChunk late = chunk("j", lost, 0, 1, 0, "c", http(1));

        StoreException failure = failure(store().keepChunk(late, Merge.UPDATE));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.LEASE_LOST);
        assertThat(failure).hasMessageContaining("chunk 0 of job j").hasMessageContaining("lease token: " + lost);
        assertThat(failure(store().keepChunk(chunk("nobody", 1, 0, 1, 0, "c", http(1)), Merge.UPDATE))
                        .kind())
                .isEqualTo(StoreException.Kind.LEASE_LOST);
        assertThat(await(store().stats()).total()).isZero();
        assertThat(await(store().imported("j")).chunks()).isZero();

        await(store().keepChunk(chunk("j", held, 0, 1, 0, "c", http(1)), Merge.UPDATE));
        complete("j", held);

        assertThat(failure(store().keepChunk(chunk("j", held, 1, 1, 0, "d", http(2)), Merge.UPDATE))
                        .kind())
                .as("the job is over")
                .isEqualTo(StoreException.Kind.LEASE_LOST);
        assertThat(failure(store().keepChunk(chunk("j", held, 0, 1, 0, "c", http(1)), Merge.UPDATE))
                        .kind())
                .as("even where the chunk is there")
                .isEqualTo(StoreException.Kind.LEASE_LOST);
        assertThat(await(store().stats()).total()).isEqualTo(1);
    }

    @Test
    default void chunksMergeAsBatchesDo() throws Exception {
        long token = lease("j");
        await(store().keep(batch("a", NOW, http(1), http(2), http(3)), Merge.UPDATE));
        Candidate french = new Candidate(http(1), 1, "FR");

        ChunkKept skipped = await(store().keepChunk(chunk("j", token, 0, french), Merge.SKIP));
        assertThat(skipped).isEqualTo(new ChunkKept(0, 1, false));
        assertThat(await(store().find(http(1))).orElseThrow().lists()).containsExactly("a");

        await(store().keepChunk(chunk("j", token, 1, french), Merge.UPDATE));
        StoredProxy updated = await(store().find(http(1))).orElseThrow();
        assertThat(updated.lists()).containsExactly("a", "import:j");
        assertThat(updated.location().country()).isEqualTo("FR");
        assertThat(updated.health().version()).isZero();

        await(store().keepChunk(chunk("j", token, 2, claim(http(2))), Merge.REPLACE));
        assertThat(await(store().find(http(2))).orElseThrow().health().version())
                .isEqualTo(1);
    }

    @Test
    default void entriesOfEverySortComeBackAsTheyWere() throws Exception {
        long token = lease("j");
        List<Candidate> candidates = new ArrayList<>();
        for (String host : List.of("192.0.2.9", "2001:db8::1", "gate.example", "under_score.example", "x\"\\.example")) {
            for (Scheme scheme : Scheme.values()) {
                for (int claimed = 0; claimed < 4; claimed++) {
                    String country = List.of("", "DE", "é1", "Q").get(claimed);
                    ProxyKey key = ProxyKey.of(scheme, host, claimed == 0 ? 65_535 : claimed);
                    candidates.add(new Candidate(key, claimed, country.isEmpty() ? null : country));
                }
                candidates.add(claim(new ProxyKey(scheme, host, 80, Credentials.of("ann", "p\"w"))));
            }
        }
        Collections.shuffle(candidates, new Random(7));

        ChunkKept kept =
                await(store().keepChunk(chunk("j", token, 0, candidates.toArray(Candidate[]::new)), Merge.UPDATE));

        assertThat(kept).isEqualTo(new ChunkKept(candidates.size(), 0, false));
        for (Candidate candidate : candidates) {
            StoredProxy stored = await(store().find(candidate.key())).orElseThrow();
            assertThat(stored.key()).isEqualTo(candidate.key());
            assertThat(stored.claimedCapabilities()).isEqualTo(candidate.claimedCapabilities());
            assertThat(stored.location().country()).isEqualTo(candidate.claimedCountry());
        }
    }

    @Test
    default void theLargestChunkIsKeptWhole() throws Exception {
        long token = lease("j");
        ProxyKey[] keys = many(CandidatesFound.MAX_CHUNK);

        assertThat(await(store().keepChunk(chunk("j", token, 0, 50_000, 0, "c", keys), Merge.UPDATE)))
                .isEqualTo(new ChunkKept(keys.length, 0, false));
        assertThat(await(store().keepChunk(chunk("j", token, 1, 50_000, 0, "d", keys), Merge.UPDATE)))
                .isEqualTo(new ChunkKept(0, keys.length, false));

        assertThat(await(store().stats()).listedBySource()).containsEntry("import:j", (long) keys.length);
    }

    @Test
    default void theSameChunkTwiceAtTheSameTimeCountsOnce() throws Exception {
        long token = lease("j");
        ImportChunk chunk = chunk("j", token, 0, 500, 0, "c", many(500));

        List<Future<ChunkKept>> both =
                List.of(store().keepChunk(chunk, Merge.UPDATE), store().keepChunk(chunk, Merge.UPDATE));
        await(Future.all(both));

        assertThat(both).extracting(one -> one.result().added()).containsExactly(500L, 500L);
        assertThat(both).extracting(one -> one.result().repeated()).containsExactlyInAnyOrder(true, false);
        assertThat(await(store().imported("j"))).isEqualTo(new ImportTotals(1, 500, 500, 0, 0, "c"));
    }

    @Test
    default void importsOfOverlappingListsAtTheSameTimeLoseNothing() throws Exception {
        long seed = 20_260_711;
        Random random = new Random(seed);
        int imports = 3;
        int pieces = 6;
        List<Future<?>> all = new ArrayList<>();
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < imports; i++) {
            tokens.add(lease("job" + i));
        }
        for (int i = 0; i < imports; i++) {
            String job = "job" + i;
            long token = tokens.get(i);
            List<ProxyKey> keys = new ArrayList<>(Arrays.asList(many(3_000)).subList(i * 500, 2_000 + i * 500));
            Collections.shuffle(keys, random);
            int size = keys.size() / pieces + 1;
            Future<?> done = Future.succeededFuture();
            for (int number = 0; number * size < keys.size(); number++) {
                ProxyKey[] some = keys.subList(number * size, Math.min(keys.size(), (number + 1) * size))
                        .toArray(ProxyKey[]::new);
                ImportChunk chunk = chunk(job, token, number, some.length, 0, "c" + number, some);
                done = done.compose(before -> store().keepChunk(chunk, Merge.UPDATE));
            }
            all.add(done);
        }
        await(Future.all(all));

        long added = 0;
        long known = 0;
        for (int i = 0; i < imports; i++) {
            ImportTotals totals = await(store().imported("job" + i));
            assertThat(totals.added() + totals.known()).as("seed %d", seed).isEqualTo(2_000);
            added += totals.added();
            known += totals.known();
        }
        assertThat(added).as("seed %d", seed).isEqualTo(3_000);
        assertThat(known).as("seed %d", seed).isEqualTo(3_000);
        StoreStats stats = await(store().stats());
        assertThat(stats.total()).isEqualTo(3_000);
        assertThat(stats.listedBySource())
                .isEqualTo(Map.of("import:job0", 2_000L, "import:job1", 2_000L, "import:job2", 2_000L));
    }

    private static ImportChunk chunk(
            String job, long token, int number, long lines, long rejected, String cursor, ProxyKey... keys) {
        return new ImportChunk(job, token, number, batch("import:" + job, NOW, keys), lines, rejected, cursor);
    }

    private static ImportChunk chunk(String job, long token, int number, Candidate... candidates) {
        CandidatesFound entries = new CandidatesFound("import:" + job, NOW, List.of(candidates));
        return new ImportChunk(job, token, number, entries, candidates.length, 0, "c" + number);
    }

    private List<Long> idsOf(ProxyKey... keys) throws Exception {
        List<Long> ids = new ArrayList<>();
        for (ProxyKey key : keys) {
            ids.add(await(store().find(key)).orElseThrow().id());
        }
        return ids;
    }
}
