package dev.sluice.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecord.Role;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ApiKeysTest {
    private static final long START = 1_767_268_800_000L;
    private static final long HOUR = 3_600_000;

    private final AtomicLong now = new AtomicLong(START);
    private final AtomicInteger hashed = new AtomicInteger();
    private int instances;
    private final MemoryKeyRecords records = new MemoryKeyRecords();
    private final ApiKeys keys = instance("pepper one");

    /** One of several processes that share the records. */
    private ApiKeys instance(String pepper) {
        return instance(pepper, records);
    }

    private ApiKeys instance(String pepper, dev.sluice.port.KeyRecords from) {
        Pepper counting = new Pepper(pepper.getBytes(StandardCharsets.UTF_8)) {
            @Override
            byte[] hash(String secret) {
                hashed.incrementAndGet();
                return super.hash(secret);
            }
        };
        Peppers peppers = new Peppers(
                () -> Future.succeededFuture(Optional.of(counting)), () -> Future.succeededFuture(counting));
        return new ApiKeys(from, peppers, now::get, () -> 0, new Random(++instances));
    }

    private static NewKey reader() {
        return new NewKey("reader", EnumSet.of(Role.READ), false, 0, 0);
    }

    private String created(NewKey wanted) {
        return keys.create(wanted).await().text().reveal();
    }

    private static ApiKey found(ApiKeys in, String text) {
        return Objects.requireNonNull(in.find(text), "the key is not known");
    }

    private static KeyText parsed(String text) {
        return Objects.requireNonNull(KeyText.parse(text), "no key");
    }

    private static List<ListedKey.State> states(ApiKeys keys) {
        return keys.list().stream().map(ListedKey::state).toList();
    }

    @Test
    void aKeyIsKnownAtOnceAndKeptAsAHash() {
        assertThat(keys.any()).isFalse();
        long before = keys.version();

        CreatedKey created = keys.create(new NewKey("crawler", EnumSet.of(Role.READ, Role.FEEDBACK), true, 0, 7))
                .await();

        String text = created.text().reveal();
        ApiKey found = found(keys, text);
        assertThat(found.label()).isEqualTo("crawler");
        assertThat(found.has(Role.READ)).isTrue();
        assertThat(found.has(Role.FEEDBACK)).isTrue();
        assertThat(found.has(Role.ADMIN)).isFalse();
        assertThat(found.credentials()).isTrue();
        assertThat(found.requestsPerSecond()).isEqualTo(7);
        assertThat(keys.any()).isTrue();
        assertThat(keys.version()).isGreaterThan(before);
        KeyRecord kept = records.all().await().get(0);
        assertThat(kept.hash()).hasSize(32);
        assertThat(kept.pepperId()).matches("[0-9a-f]{8}");
        assertThat(kept.toString()).doesNotContain(text.substring(20, 60));
        assertThat(created.toString()).doesNotContain(text.substring(20, 60));
    }

    @Test
    void anAdministratorHasEveryRole() {
        ApiKey found = found(keys, created(new NewKey("root", EnumSet.of(Role.ADMIN), false, 0, 0)));

        assertThat(Role.values()).allMatch(found::has);
        assertThat(found.roles()).containsExactly(Role.ADMIN);
    }

    @Test
    void aWrongSumCostsNoHashAndAnUnknownIdCostsOne() {
        String text = created(reader());
        String unknown = KeyText.random(new Random(7)).text();
        String other = parsed(text).id() + '_' + parsed(unknown).secret();
        hashed.set(0);

        assertThat(keys.find(text.substring(0, text.length() - 1) + "!")).isNull();
        assertThat(keys.find("")).isNull();
        assertThat(keys.find(KeyText.PREFIX + other)).isNull();
        assertThat(hashed).hasValue(0);

        assertThat(keys.find(unknown)).isNull();
        assertThat(hashed).as("unknown").hasValue(1);
        assertThat(keys.find(new KeyText(parsed(text).id(), parsed(unknown).secret()).text()))
                .as("the id of one, the secret of another")
                .isNull();
        assertThat(hashed).as("wrong").hasValue(2);
        assertThat(keys.find(text)).isNotNull();
        assertThat(hashed).as("right").hasValue(3);
    }

    @Test
    void whatIsRevokedIsUnknownAtOnce() {
        CreatedKey created = keys.create(reader()).await();
        String id = created.record().id();
        long before = keys.version();

        assertThat(keys.revoke(id).await()).isEqualTo(ApiKeys.Revocation.REVOKED);

        assertThat(keys.find(created.text().reveal())).isNull();
        assertThat(keys.any()).isFalse();
        assertThat(keys.version()).isGreaterThan(before);
        assertThat(states(keys)).containsExactly(ListedKey.State.REVOKED);
        assertThat(keys.revoke(id).await()).isEqualTo(ApiKeys.Revocation.REVOKED_BEFORE);
        assertThat(keys.revoke("nobody").await()).isEqualTo(ApiKeys.Revocation.UNKNOWN);
    }

    @Test
    void whatHasExpiredIsUnknownOnTheMillisecond() {
        String text = created(new NewKey("short", EnumSet.of(Role.READ), false, START + HOUR, 0));
        long before = keys.version();
        now.set(START + HOUR - 1);
        assertThat(keys.find(text)).isNotNull();
        assertThat(keys.version()).isEqualTo(before);

        now.set(START + HOUR);

        assertThat(keys.version()).isGreaterThan(before);
        assertThat(keys.find(text)).isNull();
        assertThat(keys.any()).isFalse();
        assertThat(states(keys)).containsExactly(ListedKey.State.EXPIRED);
    }

    @Test
    void anotherInstanceLearnsByReading() {
        ApiKeys other = instance("pepper one");
        CreatedKey created = keys.create(reader()).await();
        assertThat(other.find(created.text().reveal())).isNull();

        other.load().await();
        long version = other.version();
        assertThat(other.find(created.text().reveal())).isNotNull();
        other.load().await();
        assertThat(other.version()).as("nothing new").isEqualTo(version);

        keys.revoke(created.record().id()).await();
        other.load().await();
        assertThat(other.version()).isGreaterThan(version);
        assertThat(other.find(created.text().reveal())).isNull();
    }

    @Test
    void aReadThatBeganBeforeAChangeDoesNotUndoIt() {
        CreatedKey created = keys.create(reader()).await();
        List<KeyRecord> stale = records.all().await();
        Promise<List<KeyRecord>> slow = Promise.promise();
        ApiKeys reading = instance("pepper one", new Delayed(slow.future()));
        Future<Void> loaded = reading.load();
        CreatedKey second = reading.create(reader()).await();

        slow.complete(stale);
        loaded.await();

        assertThat(reading.find(second.text().reveal())).isNotNull();
        reading.load().await();
        assertThat(reading.find(created.text().reveal())).isNotNull();
    }

    /** The same records, but what all of them are comes late, once. */
    private final class Delayed implements dev.sluice.port.KeyRecords {
        private Future<List<KeyRecord>> next;

        Delayed(Future<List<KeyRecord>> first) {
            this.next = first;
        }

        @Override
        public Future<List<KeyRecord>> all() {
            Future<List<KeyRecord>> answer = next;
            next = records.all();
            return answer;
        }

        @Override
        public Future<Void> add(KeyRecord key) {
            next = records.add(key).compose(added -> records.all());
            return Future.succeededFuture();
        }

        @Override
        public Future<Boolean> revoke(String id, long atMillis) {
            return records.revoke(id, atMillis);
        }

        @Override
        public Future<Void> used(Map<String, Long> lastUsedAtMillis) {
            return records.used(lastUsedAtMillis);
        }
    }

    @Test
    void aKeyOfAnotherPepperIsListedAndNotUsableButNotUnknown() {
        String text = created(reader());
        ApiKeys other = instance("pepper two");

        other.load().await();

        assertThat(states(other)).containsExactly(ListedKey.State.OTHER_PEPPER);
        ApiKey found = found(other, text);
        assertThat(found.usable()).isFalse();
        assertThat(other.any()).as("nothing is open because of it").isTrue();
        assertThat(other.anyUsable()).isFalse();
    }

    @Test
    void timesOfLastUseAreWrittenInABatchAndAgainOnlyWhenTheyChange() {
        CreatedKey first = keys.create(reader()).await();
        CreatedKey second = keys.create(reader()).await();
        found(keys, first.text().reveal()).used(START + 1);
        found(keys, first.text().reveal()).used(START + 5);
        found(keys, second.text().reveal()).used(START + 3);
        assertThat(records.uses()).isEmpty();

        keys.flush().await();
        keys.flush().await();

        assertThat(records.uses())
                .containsExactly(
                        Map.of(first.record().id(), START + 5, second.record().id(), START + 3));
        assertThat(keys.list().get(0).record().lastUsedAtMillis()).isEqualTo(START + 5);
    }

    @Test
    void aTimeOfLastUseThatCouldNotBeWrittenIsWrittenLater() {
        CreatedKey created = keys.create(reader()).await();
        found(keys, created.text().reveal()).used(START + 1);
        records.fail(new IllegalStateException("down"));
        assertThatThrownBy(() -> keys.flush().await()).hasMessage("down");
        records.fail(null);

        keys.close().await();

        assertThat(records.uses()).containsExactly(Map.of(created.record().id(), START + 1));
    }

    @Test
    void theLastUseOfARevokedKeyIsNotLost() {
        CreatedKey created = keys.create(reader()).await();
        found(keys, created.text().reveal()).used(START + 9);

        keys.revoke(created.record().id()).await();

        assertThat(keys.list().get(0).record().lastUsedAtMillis()).isEqualTo(START + 9);
        assertThat(records.all().await().get(0).lastUsedAtMillis()).isEqualTo(START + 9);
    }

    @Test
    void whatIsKnownStaysInForceWhileTheRecordsAreOutOfReach() {
        String text = created(reader());
        records.fail(new IllegalStateException("down"));

        assertThatThrownBy(() -> keys.load().await()).hasMessage("down");
        assertThatThrownBy(() -> keys.create(reader()).await()).hasMessage("down");

        assertThat(keys.find(text)).isNotNull();
        assertThat(keys.list()).hasSize(1);
    }

    @Test
    void theLimitOfAKeyOutlivesReading() {
        CreatedKey created = keys.create(reader()).await();
        AtomicLong limiter = found(keys, created.text().reveal()).limiter();

        keys.load().await();
        keys.create(reader()).await();

        assertThat(found(keys, created.text().reveal()).limiter()).isSameAs(limiter);
    }

    @Test
    void aWishHasBounds() {
        Set<Role> read = EnumSet.of(Role.READ);
        assertThatThrownBy(() -> new NewKey(" ", read, false, 0, 0)).hasMessageContaining("label: 1 characters");
        assertThatThrownBy(() -> new NewKey("x".repeat(101), read, false, 0, 0)).hasMessageContaining("label: 101");
        assertThatThrownBy(() -> new NewKey("a\nb", read, false, 0, 0)).hasMessageContaining("label");
        assertThatThrownBy(() -> new NewKey("x", Set.of(), false, 0, 0)).hasMessageContaining("roles: none");
        assertThatThrownBy(() -> new NewKey("x", read, false, 0, -1)).hasMessageContaining("requestsPerSecond: -1");
    }
}
