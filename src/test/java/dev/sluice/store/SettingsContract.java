package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.port.Settings;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store promises of settings. */
interface SettingsContract {
    /** The store of this test. */
    ProxyStore store();

    /** Closes the store and opens it on what this test has stored so far. */
    void reopen() throws Exception;

    @Test
    default void aNewDatabaseHasANameAndKeepsIt() throws Exception {
        Map<String, String> first = await(store().settings().all());
        assertThat(first).containsOnlyKeys("database.name");
        assertThat(first.get("database.name")).hasSizeGreaterThanOrEqualTo(32);

        reopen();

        assertThat(await(store().settings().all())).isEqualTo(first);
    }

    @Test
    default void whatIsSetOutlivesARestart() throws Exception {
        await(store().settings().put("pool.strategy", "random"));
        await(store().settings().put("pool.strategy", "fastest"));
        await(store().settings().put("check.mode", ""));

        reopen();

        assertThat(set()).containsOnly(Map.entry("pool.strategy", "fastest"), Map.entry("check.mode", ""));
    }

    @Test
    default void whatIsTakenAwayIsGone() throws Exception {
        await(store().settings().put("a", "1"));
        await(store().settings().put("b", "2"));

        await(store().settings().remove("a"));
        await(store().settings().remove("never.set"));

        assertThat(set()).containsOnly(Map.entry("b", "2"));
    }

    @Test
    default void ofSeveralTheFirstStands() throws Exception {
        assertThat(await(store().settings().putIfAbsent("a", "1"))).isEqualTo("1");
        assertThat(await(store().settings().putIfAbsent("a", "2"))).isEqualTo("1");
        await(store().settings().put("a", "3"));
        assertThat(await(store().settings().putIfAbsent("a", "4"))).isEqualTo("3");
        await(store().settings().remove("a"));
        assertThat(await(store().settings().putIfAbsent("a", "5"))).isEqualTo("5");

        assertThat(set()).containsOnly(Map.entry("a", "5"));
    }

    @Test
    default void ofSeveralAtTheSameTimeOneStandsForAll() throws Exception {
        List<Future<String>> puts = IntStream.range(0, 40)
                .mapToObj(i -> store().settings().putIfAbsent("name", "value " + i))
                .toList();
        await(Future.all(puts));

        String stands = set().get("name");
        assertThat(puts).extracting(Future::result).containsOnly(stands);
    }

    @Test
    default void anyCharactersComeBackAsTheyWere() throws Exception {
        String value = "Jürgen 東京 🐟 '\";--%\n\\ \\0 \0 end";
        await(store().settings().put("größe.東京", value));

        assertThat(await(store().settings().putIfAbsent("größe.東京", "other"))).isEqualTo(value);
        assertThat(set()).containsOnly(Map.entry("größe.東京", value));
        await(store().settings().remove("größe.東京"));
        assertThat(set()).isEmpty();
    }

    @Test
    default void namesAndValuesAreBounded() throws Exception {
        Settings settings = store().settings();
        String longest = "x".repeat(10_000);
        String name = "n".repeat(200);

        await(settings.put(name, longest));

        assertThat(set()).containsOnly(Map.entry(name, longest));
        assertThat(failure(settings.put("a", longest + "tail")))
                .hasMessageEndingWith("setting a: characters of the value: 10004 (expected: 0..10000)")
                .hasMessageNotContaining("tail");
        assertThat(failure(settings.putIfAbsent("a", longest + "x"))).hasMessageContaining("10001");
        assertThat(failure(settings.put("", "1"))).hasMessageEndingWith("characters of the name: 0 (expected: 1..200)");
        assertThat(failure(settings.put(name + "n", "1"))).hasMessageContaining("name: 201 (expected: 1..200)");
        assertThat(set()).containsOnlyKeys(name);
    }

    @Test
    default void aClosedStoreHasNoSettings() throws Exception {
        await(store().close());

        assertThat(failure(store().settings().all()).kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure(store().settings().put("a", "secret value")))
                .hasMessageNotContaining("secret value")
                .extracting(StoreException::kind)
                .isEqualTo(StoreException.Kind.UNAVAILABLE);
        reopen();
    }

    /** What is set but for the name. */
    private Map<String, String> set() throws Exception {
        Map<String, String> all = new HashMap<>(await(store().settings().all()));
        assertThat(all.remove(ProxyStore.DATABASE_NAME)).isNotNull();
        return all;
    }
}
