package dev.sluice.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.message.CheckSuspended;
import dev.sluice.message.ConfigChanged;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.message.JobChanged;
import dev.sluice.message.ProxyChanged;
import dev.sluice.message.ScheduleTick;
import dev.sluice.message.SourceChanged;
import dev.sluice.message.SourceFetched;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Executes the examples of {@code docs/channels.md}. */
class ChannelDocsTest {
    private static final Pattern EXAMPLE = Pattern.compile("(?ms)^```\\w+ (\\w+) (\\S+)\\n(.*?)^```$");
    private static final long NOON = Instant.parse("2026-01-31T12:00:00Z").toEpochMilli();

    private final JsonForms forms =
            new JsonForms(AddressPolicy.PUBLIC, InstantSource.fixed(Instant.ofEpochMilli(NOON)));

    /** What each example of an event stands for. */
    private static final Map<Channel<?, ?>, Object> EVENTS = Map.of(
            Channels.CHECK_SUSPENDED,
            new CheckSuspended(true, 2, 3, NOON),
            Channels.PROXY_CHANGED,
            new ProxyChanged(42, ProxyKey.of(Scheme.HTTP, "8.8.4.4", 3128), Health.fresh(NOON), alive()),
            Channels.FEEDBACK_RECEIVED,
            new FeedbackReceived(List.of(new FeedbackReceived.Report(
                    "my_app", 42, false, Double.NaN, "captcha", "example.com", NOON, true))),
            Channels.SCHEDULE_TICK,
            new ScheduleTick("check", NOON, 0),
            Channels.SOURCE_FETCHED,
            new SourceFetched("my-list", NOON, SourceFetched.Result.COMPLETE, 1200, 35, 7, null),
            Channels.SOURCE_CHANGED,
            new SourceChanged("my-list", false, false),
            Channels.JOB_CHANGED,
            new JobChanged(
                    "019c1363-b400-7c1e-8a5b-0f3d2e4a6b78",
                    "import",
                    "import",
                    "processing",
                    1,
                    "{\"lines\":250000,\"added\":48210}",
                    null,
                    null,
                    NOON),
            Channels.CONFIG_CHANGED,
            new ConfigChanged(List.of("fetch.sources.my-list.interval"), List.of("server.port")));

    private static Health alive() {
        return new Health(
                true,
                true,
                Verified.FULL,
                3,
                Anonymity.ELITE,
                Anonymity.ELITE,
                Tampering.NONE,
                Health.Probation.NONE,
                "8.8.4.4",
                Rotation.STEADY,
                Tier.ACTIVE,
                TierReason.NONE,
                0,
                RiskCategory.LOW,
                5,
                NOON + 1_205_000,
                1_200_000,
                NOON + 5_000,
                NOON + 5_000,
                NOON + 5_000,
                1.0,
                412.5,
                Latencies.EMPTY.with(405).with(412.5),
                new Health.Deep(NOON + 5_000, 0.95, 160.2),
                0,
                1,
                1,
                0,
                FailureReason.NONE,
                1);
    }

    private record Example(String kind, String address, String text) {}

    private static List<Example> examples(String kind) throws IOException {
        List<Example> examples = new ArrayList<>();
        Matcher matcher = EXAMPLE.matcher(Files.readString(Path.of("docs", "channels.md")));
        while (matcher.find()) {
            examples.add(new Example(matcher.group(1), matcher.group(2), matcher.group(3)));
        }
        assertThat(examples).extracting(Example::kind).containsOnly("request", "reply", "refusal", "event");
        return examples.stream().filter(example -> example.kind.equals(kind)).toList();
    }

    private JsonForm.Request<CandidatesFound, CandidatesKept> candidates() {
        return Objects.requireNonNull(forms.request(Channels.CANDIDATES_FOUND));
    }

    @Test
    void everyChannelIsListedWithItsForm() throws IOException {
        String page = Files.readString(Path.of("docs", "channels.md"));

        for (Channel<?, ?> channel : Channels.ALL) {
            boolean open = forms.event(channel) != null || forms.request(channel) != null;
            String kind = channel.reply() == Void.class ? "event" : "request";
            String form = open ? '`' + JsonBridge.address(channel) + '`' : "none";
            assertThat(page).contains("| `" + channel.address() + "` | " + kind + " | " + form + " |");
        }
    }

    @Test
    void everyEventIsPublishedAsItsExampleShows() throws IOException {
        List<Example> examples = examples("event");

        assertThat(examples)
                .extracting(Example::address)
                .containsExactlyInAnyOrderElementsOf(
                        EVENTS.keySet().stream().map(JsonBridge::address).toList());
        EVENTS.forEach((channel, message) -> {
            Example example = examples.stream()
                    .filter(candidate -> candidate.address.equals(JsonBridge.address(channel)))
                    .findFirst()
                    .orElseThrow();
            assertThat(encode(channel, message)).isEqualTo(new JsonObject(example.text).encodePrettily());
        });
    }

    @SuppressWarnings("unchecked")
    private <Q> String encode(Channel<Q, ?> channel, Object message) {
        return Objects.requireNonNull(forms.event(channel)).encode((Q) message).encodePrettily();
    }

    @Test
    void theExampleOfARequestIsUnderstood() throws IOException {
        CandidatesFound found =
                candidates().decode(new JsonObject(examples("request").get(0).text));

        assertThat(found.source()).isEqualTo("my-source");
        assertThat(found.fetchedAtMillis()).isEqualTo(NOON);
        assertThat(found.candidates())
                .extracting(candidate -> candidate.key().urlWithCredentials())
                .containsExactly(
                        "socks5://8.8.4.4:1080",
                        "http://user:p%40ss@[2606:4700::1111]:3128",
                        "http://user:p%40ss@proxy.example.com:8080");
        assertThat(found.candidates().get(2).claimedCountry()).isEqualTo("DE");
        assertThat(found.candidates().get(2).claimedCapabilities()).isEqualTo(3);
    }

    @Test
    void theReplyIsAsItsExampleShows() throws IOException {
        assertThat(candidates().encodeReply(new CandidatesKept(3, 0)))
                .isEqualTo(new JsonObject(examples("reply").get(0).text));
    }

    @Test
    void theExamplesOfRefusalsAreRefusedWithThatText() throws IOException {
        List<Example> refusals = examples("refusal");

        assertThat(refusals).hasSize(2);
        for (Example refusal : refusals) {
            String[] lines = refusal.text.split("\n", 2);
            assertThatThrownBy(() -> candidates().decode(new JsonObject(lines[0])))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(lines[1].strip());
        }
    }
}
