package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.EncryptionConfig;
import dev.sluice.config.SecurityConfig;
import dev.sluice.net.RequestHead;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.proxy.Secret;
import dev.sluice.secret.CreatedKey;
import dev.sluice.secret.NewKey;
import dev.sluice.secret.RequestLimits;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the guard decides about heads, wherever they come from. */
final class GuardTest {
    private static final long HOUR = 3_600_000;

    private final Surroundings around = new Surroundings();

    @AfterEach
    void close() {
        around.telemetry.close();
    }

    private Guard guard(String host, SecurityConfig security) {
        return new Guard(
                () -> security,
                Surroundings.server(host, 0, null),
                around.keys,
                new RequestLimits(security, around.nanos::get),
                around.telemetry.registry(),
                around.now::get);
    }

    private CreatedKey key(Role role) {
        return around.keys
                .create(new NewKey("test", EnumSet.of(role), true, 0, 0))
                .await();
    }

    private static Head head(String uri, String... headers) {
        return new Head(uri, "192.0.2.1", List.of(headers));
    }

    private static int status(Admission admission) {
        Problem problem = admission.problem();
        return problem == null ? 200 : problem.status();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.9", "sluice.example"})
    void beyondLoopbackNothingOpensWhenTheLastKeyIsRevoked(String host) {
        CreatedKey only = key(Role.ADMIN);
        Guard guard = guard(host, Surroundings.noKey());
        Head head = head(
                "/list", "host: sluice.example", "x-api-key: " + only.text().reveal());
        assertThat(status(guard.admit(head, Role.READ))).isEqualTo(200);

        around.keys.revoke(only.record().id()).await();

        for (Role role : Role.values()) {
            assertThat(guard.refuseAny(head)).isNull();
            assertThat(status(guard.admit(head, role))).isEqualTo(401);
            assertThat(status(guard.admit(head("/list", "host: localhost"), role)))
                    .isEqualTo(401);
        }
        assertThat(status(guard.admit(head, null))).as("open").isEqualTo(200);
    }

    @Test
    void whatNeedsNoNewAnswerMakesNone() {
        CreatedKey key = key(Role.READ);
        key(Role.ADMIN);
        Guard guard = guard("127.0.0.1", Surroundings.noKey());
        Head head = head("/list", "host: localhost", "x-api-key: " + key.text().reveal());

        Admission first = guard.admit(head, Role.READ);

        assertThat(guard.admit(head, Role.READ)).isSameAs(first);
        assertThat(first.caller().name()).isEqualTo(key.record().id());
        assertThat(first.credentials()).isTrue();
        assertThat(first.rateLimit()).isNull();
        assertThat(guard.admit(head, null)).isSameAs(Admission.OPEN);
        around.keys.revoke(key.record().id()).await();
        assertThat(status(guard.admit(head, Role.READ))).isEqualTo(401);
    }

    @Test
    void whileThereIsNoKeyWhoReachesLoopbackMayDoEverything() {
        Guard guard = guard("localhost", Surroundings.noKey());
        Head head = head("/reload", "host: localhost:8080");

        assertThat(guard.refuseAny(head)).isNull();
        assertThat(guard.admit(head, Role.ADMIN)).isSameAs(Admission.LOOPBACK);
    }

    /** A key that expires between the two looks at a request must not let a page of another origin in. */
    @Test
    void theEndOfTheLastKeyAmidARequestOpensNothingToOtherHosts() {
        around.keys
                .create(new NewKey("short", EnumSet.of(Role.READ), false, NOW + HOUR, 0))
                .await();
        Guard guard = guard("127.0.0.1", Surroundings.noKey());
        Head rebound = head("/reload", "host: evil.example");
        Head foreign = head("/reload", "host: localhost", "origin: http://evil.example");
        Head local = head("/reload", "host: localhost");
        assertThat(guard.refuseAny(rebound)).isNull();

        around.now.set(NOW + HOUR);

        assertThat(status(guard.admit(rebound, Role.ADMIN))).isEqualTo(403);
        assertThat(status(guard.admit(foreign, Role.ADMIN))).isEqualTo(403);
        assertThat(status(guard.admit(local, Role.ADMIN))).isEqualTo(200);
        assertThat(guard.refuseAny(local)).isNull();
        assertThat(status(guard.admit(local, Role.ADMIN))).isEqualTo(200);
        assertThat(status(guard.admit(rebound, Role.ADMIN)))
                .as("what one request named says nothing about the next")
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/list      | host: localhost;host: localhost | 400",
                "/list      |                                 | 400",
                "http://x/  | host: localhost                 | 400",
                "*          | host: localhost                 | 400",
                "''         | host: localhost                 | 400",
                "/list      | host: evil.example              | 403",
                "/list      | host: localhost                 | 200",
            })
    void aRequestHasOneHostAndAPath(String uri, @Nullable String headers, int status) {
        Guard guard = guard("127.0.0.1", Surroundings.noKey());
        String[] lines = headers == null ? new String[0] : headers.split(";", -1);

        Problem problem = guard.refuseAny(head(uri, lines));

        assertThat(problem == null ? 200 : problem.status()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/list?api_key=root             | 200",
                "/list?limit=1&api_key=root     | 200",
                "/list?api_key=root&limit=1     | 200",
                "/list?api_key=r%6Fot           | 200",
                "/list?xapi_key=root            | 401",
                "/list?x=api_key=root           | 401",
                "/list?x=1;api_key=root         | 401",
                "/list/api_key=root             | 401",
                "/list?api_key=                 | 401",
                "/list?api_key                  | 401",
                "/list?api_key=%zz              | 401",
                "/list?api_key=root&api_key=x   | 400",
                "/list?api_key=root&api_key=root| 200",
            })
    void theParameterIsFoundWhereItStands(String uri, int status) {
        Guard guard =
                guard("127.0.0.1", new SecurityConfig(Secret.of("root"), null, 0, 0, 1_000, EncryptionConfig.USUAL));

        assertThat(status(guard.admit(head(uri, "host: localhost"), Role.ADMIN)))
                .isEqualTo(status);
    }

    @Test
    void aLimitOfAddressesTellsThemApart() {
        key(Role.READ);
        Guard guard = guard("0.0.0.0", new SecurityConfig(null, null, 0, 1, 1_000, EncryptionConfig.USUAL));
        Head one = new Head("/list", "192.0.2.1", List.of("host: x"));
        Head neighbour = new Head("/list", "192.0.2.2", List.of("host: x"));
        Head six = new Head("/list", "2001:db8::1", List.of("host: x"));
        Head sameSix = new Head("/list", "2001:db8::2", List.of("host: x"));

        assertThat(status(guard.admit(one, Role.READ))).isEqualTo(401);
        assertThat(status(guard.admit(one, Role.READ))).isEqualTo(429);
        assertThat(status(guard.admit(neighbour, Role.READ))).isEqualTo(401);
        assertThat(status(guard.admit(six, Role.READ))).isEqualTo(401);
        assertThat(status(guard.admit(sameSix, Role.READ))).isEqualTo(429);
    }

    @Test
    void twoLimitsTellOfTheOneThatEndsFirst() {
        Guard guard = guard("127.0.0.1", new SecurityConfig(Secret.of("root"), null, 5, 3, 10, EncryptionConfig.USUAL));
        Head head = head("/list", "host: localhost", "x-api-key: root");

        Admission admission = guard.admit(head, Role.READ);

        assertThat(admission.rateLimit()).isEqualTo("\"default\";r=2;t=1");
        assertThat(admission.rateLimitPolicy()).isEqualTo("\"default\";q=3;w=1");
    }

    /** More keys than are remembered, changing hands all the time, against what the keys themselves say. */
    @ParameterizedTest
    @ValueSource(longs = {1, 42, 20_260_101})
    void whatIsRememberedIsNeverWrong(long seed) {
        Random random = new Random(seed);
        List<Guard> loops = List.of(
                guard("127.0.0.1", new SecurityConfig(Secret.of("root"), null, 0, 0, 100_000, EncryptionConfig.USUAL)),
                guard("127.0.0.1", new SecurityConfig(Secret.of("root"), null, 0, 0, 100_000, EncryptionConfig.USUAL)));
        List<CreatedKey> keys = new ArrayList<>();
        List<CreatedKey> revoked = new ArrayList<>();
        for (int step = 0; step < 3_000; step++) {
            int what = random.nextInt(100);
            if (keys.size() < 12 && what < 5) {
                keys.add(key(Role.values()[random.nextInt(3)]));
            } else if (!keys.isEmpty() && what < 7) {
                CreatedKey gone = keys.remove(random.nextInt(keys.size()));
                around.keys.revoke(gone.record().id()).await();
                revoked.add(gone);
            } else {
                boolean live = !keys.isEmpty() && (revoked.isEmpty() || random.nextInt(4) > 0);
                List<CreatedKey> from = live ? keys : revoked;
                if (from.isEmpty()) {
                    continue;
                }
                CreatedKey key = from.get(random.nextInt(from.size()));
                Role needed = Role.values()[random.nextInt(3)];
                boolean has = key.record().roles().contains(needed)
                        || key.record().roles().contains(Role.ADMIN);
                Head head = head("/list", "host: x", "x-api-key: " + key.text().reveal());
                Admission admission = loops.get(random.nextInt(2)).admit(head, needed);
                assertThat(status(admission))
                        .as("seed %d, step %d", seed, step)
                        .isIn(live ? (has ? List.of(200) : List.of(403)) : List.of(401, 429));
                if (live) {
                    assertThat(admission.caller().name()).isEqualTo(key.record().id());
                }
            }
        }
        assertThat(revoked).isNotEmpty();
    }

    /** A head that a test has written. */
    private record Head(String uri, String address, List<String> lines) implements RequestHead {
        @Override
        public String method() {
            return "GET";
        }

        @Override
        public boolean http11() {
            return true;
        }

        @Override
        public @Nullable String header(CharSequence name) {
            List<String> all = headers(name);
            return all.isEmpty() ? null : all.get(0);
        }

        @Override
        public List<String> headers(CharSequence name) {
            return lines.stream()
                    .filter(line -> line.startsWith(name + ":"))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .toList();
        }

        @Override
        public InetAddress remoteAddress() {
            try {
                return InetAddress.getByName(address);
            } catch (java.net.UnknownHostException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
