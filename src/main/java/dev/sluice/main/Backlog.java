package dev.sluice.main;

import dev.sluice.message.DueProxy;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What is still to be checked, in a random order: neighbours in a list are neighbours in the network, and a mixed order
 * keeps what the checker observes comparable from one second to the next. Each proxy's id is its place in the list.
 * Confined to one thread.
 */
final class Backlog {
    /** How often an entry is tried that ends without a verdict. */
    static final int TRIES = 3;

    private final CheckedList list;
    private final CheckKind kind;
    private final Health fresh;
    private final RandomGenerator random;
    private int[] places;
    private int next;
    private int[] again = new int[0];
    private int agains;
    private int round = 1;

    /** Everything in {@code list}, each with the state {@code fresh}. */
    Backlog(CheckedList list, CheckKind kind, Health fresh, RandomGenerator random) {
        this.list = list;
        this.kind = kind;
        this.fresh = fresh;
        this.random = random;
        this.places = new int[list.size()];
        Arrays.setAll(places, place -> place);
        shuffle();
    }

    private void shuffle() {
        for (int i = places.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int place = places[i];
            places[i] = places[other];
            places[other] = place;
        }
    }

    /** The first {@code most} that wait; they wait until they are {@link #taken}. */
    List<DueProxy> first(int most) {
        int count = Math.min(most, places.length - next);
        List<DueProxy> due = new ArrayList<>(count);
        for (int i = next; i < next + count; i++) {
            due.add(new DueProxy(places[i], list.key(places[i]), fresh, kind));
        }
        return due;
    }

    /** The first {@code count} no longer wait. */
    void taken(int count) {
        next += count;
    }

    /** Whether nothing waits in this round. */
    boolean isEmpty() {
        return next == places.length;
    }

    /** One that ended without a verdict: true when it will be tried again in the next round. */
    boolean again(DueProxy due) {
        if (round == TRIES) {
            return false;
        }
        if (agains == again.length) {
            again = Arrays.copyOf(again, Math.max(64, agains * 2));
        }
        again[agains++] = (int) due.id();
        return true;
    }

    /** Call when everything of this round has ended: begins the next with what is to be tried again; false for nothing. */
    boolean nextRound() {
        if (agains == 0) {
            return false;
        }
        places = Arrays.copyOf(again, agains);
        again = new int[0];
        agains = 0;
        next = 0;
        round++;
        shuffle();
        return true;
    }
}
