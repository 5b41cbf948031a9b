package dev.sluice.bus;

import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.message.CheckAccepted;
import dev.sluice.message.CheckCredit;
import dev.sluice.message.CheckOutcomes;
import dev.sluice.message.CheckRequest;
import dev.sluice.message.CheckSuspended;
import dev.sluice.message.ConfigChanged;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.message.JobChanged;
import dev.sluice.message.OutcomesKept;
import dev.sluice.message.ProxyChanged;
import dev.sluice.message.ScheduleTick;
import dev.sluice.message.SourceChanged;
import dev.sluice.message.SourceFetched;
import java.time.Duration;
import java.util.List;

/** Every channel of the bus. {@code docs/channels.md} describes them for extensions. */
public final class Channels {
    /** Fetched entries, for {@code keep}. Answered when they are stored. Open to extensions: this is how they add proxies. */
    public static final Channel<CandidatesFound, CandidatesKept> CANDIDATES_FOUND = new Channel<>(
            "sluice.candidates.found", CandidatesFound.class, CandidatesKept.class, Duration.ofSeconds(60));

    /** Due proxies, for {@code check}. Answered when the batch is taken over. Stays inside its process. */
    public static final Channel<CheckRequest, CheckAccepted> CHECK_REQUEST =
            new Channel<>("sluice.check.request", CheckRequest.class, CheckAccepted.class, Duration.ofSeconds(30));

    /** Room in the checker, for {@code schedule}. Stays inside its process. */
    public static final Channel<CheckCredit, Void> CHECK_CREDIT =
            Channel.event("sluice.check.credit", CheckCredit.class);

    /** Outcomes, for {@code keep}. Answered when they are in memory and in the write queue. */
    public static final Channel<CheckOutcomes, OutcomesKept> CHECK_OUTCOME =
            new Channel<>("sluice.check.outcome", CheckOutcomes.class, OutcomesKept.class, Duration.ofSeconds(60));

    /** Judgement was suspended because our own network failed, or is resumed. Open to extensions. */
    public static final Channel<CheckSuspended, Void> CHECK_SUSPENDED =
            Channel.event("sluice.check.suspended", CheckSuspended.class);

    /** Verdicts and tiers that changed. Open to extensions. */
    public static final Channel<ProxyChanged, Void> PROXY_CHANGED =
            Channel.event("sluice.proxy.changed", ProxyChanged.class);

    /** Feedback of client applications, for {@code keep}. Open to extensions. */
    public static final Channel<FeedbackReceived, Void> FEEDBACK_RECEIVED =
            Channel.event("sluice.feedback.received", FeedbackReceived.class);

    /** A schedule has started a run. Open to extensions. */
    public static final Channel<ScheduleTick, Void> SCHEDULE_TICK =
            Channel.event("sluice.schedule.tick", ScheduleTick.class);

    /** A fetch of a source has ended. Open to extensions. */
    public static final Channel<SourceFetched, Void> SOURCE_FETCHED =
            Channel.event("sluice.source.fetched", SourceFetched.class);

    /** A source was switched on or off at run time. Open to extensions. */
    public static final Channel<SourceChanged, Void> SOURCE_CHANGED =
            Channel.event("sluice.source.changed", SourceChanged.class);

    /** A job has come further. Open to extensions. */
    public static final Channel<JobChanged, Void> JOB_CHANGED = Channel.event("sluice.job.changed", JobChanged.class);

    /** Another configuration is in force. Open to extensions. */
    public static final Channel<ConfigChanged, Void> CONFIG_CHANGED =
            Channel.event("sluice.config.changed", ConfigChanged.class);

    /** All of them, in the order of this class. */
    public static final List<Channel<?, ?>> ALL = List.of(
            CANDIDATES_FOUND,
            CHECK_REQUEST,
            CHECK_CREDIT,
            CHECK_OUTCOME,
            CHECK_SUSPENDED,
            PROXY_CHANGED,
            FEEDBACK_RECEIVED,
            SCHEDULE_TICK,
            SOURCE_FETCHED,
            SOURCE_CHANGED,
            JOB_CHANGED,
            CONFIG_CHANGED);

    private Channels() {}
}
