package dev.sluice.store;

import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.CredentialRows;
import dev.sluice.port.GeoCache;
import dev.sluice.port.JobRecords;
import dev.sluice.port.KeyRecords;
import dev.sluice.port.Merge;
import dev.sluice.port.Settings;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A store of which nothing is expected: whatever is asked of it fails the test that asked. Stores that play a part extend it
 * with what belongs to the part.
 */
public class UnexpectedStore implements ProxyStore {
    @Override
    public Future<CandidatesKept> keep(CandidatesFound batch, Merge merge) {
        throw unexpected("keep");
    }

    @Override
    public Future<ChunkKept> keepChunk(ImportChunk chunk, Merge merge) {
        throw unexpected("keepChunk");
    }

    @Override
    public Future<ImportTotals> imported(String job) {
        throw unexpected("imported");
    }

    @Override
    public Future<Integer> endListing(String source, long fetchedAtMillis) {
        throw unexpected("endListing");
    }

    @Override
    public Future<List<TakenProxy>> takeDue(
            long nowMillis, int lowestPriority, int highestPriority, int limit, long leaseMillis) {
        throw unexpected("takeDue");
    }

    @Override
    public Future<List<DueLevel>> backlog(long nowMillis) {
        throw unexpected("backlog");
    }

    @Override
    public Future<Void> giveBack(List<Long> ids) {
        throw unexpected("giveBack");
    }

    @Override
    public Future<Integer> write(List<HealthChange> changes, @Nullable CheckBatch happened) {
        throw unexpected("write");
    }

    @Override
    public Future<List<StoredProxy>> alive(long afterId, int limit) {
        throw unexpected("alive");
    }

    @Override
    public Future<List<StoredProxy>> page(long afterId, int limit) {
        throw unexpected("page");
    }

    @Override
    public Future<List<StoredProxy>> get(List<Long> ids) {
        throw unexpected("get");
    }

    @Override
    public Future<Integer> expedite(List<Long> ids, int priority, long nowMillis) {
        throw unexpected("expedite");
    }

    @Override
    public Future<Integer> defer(List<Deferral> deferrals, long nowMillis) {
        throw unexpected("defer");
    }

    @Override
    public Future<Boolean> override(long id, @Nullable ManualOverride override) {
        throw unexpected("override");
    }

    @Override
    public Future<List<StoredProxy>> turnedSince(long sinceMillis, long afterId, int limit) {
        throw unexpected("turnedSince");
    }

    @Override
    public Future<Integer> locate(List<Located> located, long nowMillis) {
        throw unexpected("locate");
    }

    @Override
    public GeoCache geoCache() {
        throw unexpected("geoCache");
    }

    @Override
    public Settings settings() {
        throw unexpected("settings");
    }

    @Override
    public KeyRecords keys() {
        throw unexpected("keys");
    }

    @Override
    public HistoryRecords history() {
        throw unexpected("history");
    }

    @Override
    public JobRecords jobs() {
        throw unexpected("jobs");
    }

    @Override
    public ProxySearch search() {
        throw unexpected("search");
    }

    @Override
    public CredentialRows credentials() {
        throw unexpected("credentials");
    }

    @Override
    public Future<Optional<StoredProxy>> find(ProxyKey key) {
        throw unexpected("find");
    }

    @Override
    public Counting counting() {
        throw unexpected("counting");
    }

    @Override
    public Future<Integer> archive(long deadSinceMillis, int limit) {
        throw unexpected("archive");
    }

    @Override
    public boolean answers() {
        return true;
    }

    @Override
    public Future<Void> close() {
        throw unexpected("close");
    }

    private static AssertionError unexpected(String method) {
        return new AssertionError("store: " + method + " was called (expected: only what the test is about)");
    }
}
