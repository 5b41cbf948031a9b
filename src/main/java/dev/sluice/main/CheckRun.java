package dev.sluice.main;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.port.Checking;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Feeds a list to a checker and writes what comes back. All of it happens on the thread that calls, which may wait: for a
 * slow reader of the results as well, and then nothing more is offered, so that what is under way is all that gathers.
 */
final class CheckRun {
    private static final int MAX_OFFER = 1_024;
    private static final long STEP_MILLIS = 20;

    private final CheckedList list;
    private final Backlog backlog;
    private final Checker checker;
    private final BlockingQueue<List<CheckOutcome>> ended;
    private final CheckReport report;
    private final boolean all;
    private final Anonymity least;
    private final CheckProgress progress;
    private final boolean sharesTerminal;
    private final Interruption interruption;
    private final CheckTally tally = new CheckTally();
    private final Set<ProxyKey> told = new HashSet<>();
    private List<DueProxy> offered = List.of();
    private int underWay;

    /**
     * Nothing is begun yet.
     *
     * @param checker started
     * @param ended where its outcomes arrive
     * @param all whether what does not work is written too
     * @param least of what works only what is at least this anonymous is written; {@link Anonymity#UNKNOWN}: all
     * @param sharesTerminal whether results appear where progress is shown
     */
    CheckRun(
            CheckedList list,
            Backlog backlog,
            Checker checker,
            BlockingQueue<List<CheckOutcome>> ended,
            CheckReport report,
            boolean all,
            Anonymity least,
            CheckProgress progress,
            boolean sharesTerminal,
            Interruption interruption) {
        this.list = list;
        this.backlog = backlog;
        this.checker = checker;
        this.ended = ended;
        this.report = report;
        this.all = all;
        this.least = least;
        this.progress = progress;
        this.sharesTerminal = sharesTerminal;
        this.interruption = interruption;
    }

    /** What was found out so far. */
    CheckTally tally() {
        return tally;
    }

    /**
     * Checks until everything has ended or the command is told to end.
     *
     * @throws IOException when results can't be written
     */
    void run() throws IOException, InterruptedException {
        try {
            while (!interruption.isAsked()) {
                offer();
                if (underWay == 0 && backlog.isEmpty() && !backlog.nextRound()) {
                    return;
                }
                take(ended.poll(STEP_MILLIS, TimeUnit.MILLISECONDS));
                takeAll();
                flush();
                Checking.State state = checker.state();
                tally.observed(state);
                progress.show(state, tally);
            }
        } finally {
            progress.wipe();
        }
    }

    /** After the checker was stopped: writes the verdicts that came last. */
    void takeRest() throws IOException {
        takeAll();
        flush();
    }

    private void offer() {
        while (!interruption.isAsked()) {
            if (offered.isEmpty()) {
                offered = backlog.first(MAX_OFFER);
            }
            if (offered.isEmpty()) {
                return;
            }
            int taken = checker.offer(offered);
            backlog.taken(taken);
            underWay += taken;
            boolean full = taken < offered.size();
            offered = offered.subList(taken, offered.size());
            if (full) {
                return;
            }
        }
    }

    private void takeAll() throws IOException {
        for (List<CheckOutcome> batch = ended.poll(); batch != null; batch = ended.poll()) {
            take(batch);
        }
    }

    private void take(@Nullable List<CheckOutcome> batch) throws IOException {
        if (batch == null) {
            return;
        }
        for (CheckOutcome outcome : batch) {
            underWay--;
            boolean ours = outcome.reason() == FailureReason.LOCAL;
            // What a stop has cut off was not checked.
            boolean open = ours && (interruption.isAsked() || backlog.again(outcome.proxy()));
            if (!open) {
                tally.ended(outcome);
                write(outcome);
            }
        }
    }

    private void write(CheckOutcome outcome) throws IOException {
        if (outcome.alive() && outcome.anonymity().compareTo(least) < 0) {
            tally.leftOut();
            return;
        }
        if (!outcome.alive() && !all) {
            return;
        }
        String country = list.country((int) outcome.proxy().id());
        for (CheckRow row : CheckRow.of(outcome, country)) {
            if (!row.alive() || isNew(outcome.proxy().key(), row.key())) {
                report.write(row);
            }
        }
    }

    /** What works is told once, though the list may name it both with its protocol and without. */
    private boolean isNew(ProxyKey listed, ProxyKey found) {
        if (found.scheme() == Scheme.UNKNOWN) {
            return true;
        }
        boolean doubled = listed.scheme() == Scheme.UNKNOWN
                ? list.contains(found)
                : list.contains(found.withScheme(Scheme.UNKNOWN));
        return !doubled || told.add(found);
    }

    private void flush() throws IOException {
        if (report.isPending()) {
            if (sharesTerminal) {
                progress.wipe();
            }
            report.flush();
        }
    }
}
