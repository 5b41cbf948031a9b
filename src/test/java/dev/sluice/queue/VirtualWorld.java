package dev.sluice.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/** A clock that moves when told, and machines that share it: each can be frozen, or killed. Confined to one thread. */
public final class VirtualWorld {
    private static final long BEGIN_MILLIS = 1_800_000_000_000L;

    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private long nowMillis;
    private long order;

    private record Task(long atMillis, long order, Machine machine, Runnable work, boolean[] cancelled)
            implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            return atMillis != other.atMillis
                    ? Long.compare(atMillis, other.atMillis)
                    : Long.compare(order, other.order);
        }
    }

    /** The time now. */
    public long nowMillis() {
        return BEGIN_MILLIS + nowMillis;
    }

    /** Lets {@code millis} pass, doing what falls due. */
    public void pass(long millis) {
        long end = nowMillis + millis;
        while (!tasks.isEmpty() && tasks.peek().atMillis <= end) {
            Task task = tasks.poll();
            nowMillis = Math.max(nowMillis, task.atMillis);
            task.machine.run(task);
        }
        nowMillis = end;
    }

    /** Does what is to be done now. */
    public void settle() {
        pass(0);
    }

    /** A machine with a thread of its own. */
    public Machine machine() {
        return new Machine();
    }

    /** One process: its clockwork. */
    public final class Machine implements Clockwork {
        private final List<Task> held = new ArrayList<>();
        private boolean frozen;
        private boolean dead;
        private long wallMovedMillis;

        private void run(Task task) {
            if (dead || task.cancelled[0]) {
                return;
            }
            if (frozen) {
                held.add(task);
            } else {
                task.work.run();
            }
        }

        /** Stands still, as under SIGSTOP, until {@link #thaw()}. */
        public void freeze() {
            frozen = true;
        }

        /** Goes on with all that was to be done meanwhile. */
        public void thaw() {
            frozen = false;
            held.forEach(task -> enter(0, task.work, task.cancelled));
            held.clear();
        }

        /** Ends at once, as under SIGKILL. */
        public void kill() {
            dead = true;
        }

        /** Sets its wall clock forward, or back. */
        public void moveWallClock(long millis) {
            wallMovedMillis += millis;
        }

        @Override
        public long nowMillis() {
            return VirtualWorld.this.nowMillis() + wallMovedMillis;
        }

        @Override
        public long nanos() {
            return TimeUnit.MILLISECONDS.toNanos(nowMillis);
        }

        @Override
        public void execute(Runnable work) {
            enter(0, work, new boolean[1]);
        }

        @Override
        public Cancel after(long millis, Runnable work) {
            boolean[] cancelled = new boolean[1];
            enter(millis, work, cancelled);
            return () -> cancelled[0] = true;
        }

        private void enter(long millis, Runnable work, boolean[] cancelled) {
            long at = nowMillis > Long.MAX_VALUE - millis ? Long.MAX_VALUE : nowMillis + millis;
            tasks.add(new Task(at, order++, this, work, cancelled));
        }
    }
}
