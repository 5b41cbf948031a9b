package dev.sluice.pool;

import org.jspecify.annotations.Nullable;

/**
 * Which application holds the most pairs, in a number of steps that depends on nothing. Applications with equally many stand
 * in one group, the one that has held so many for longest first; groups form a ring, from the fewest pairs to the most.
 * Confined to the lock of the book.
 */
final class FeedbackShares {
    /** Group of those that hold nothing, and joint of the ring. */
    private final Group ring = new Group();

    /** Groups that became empty, for use again. */
    private @Nullable Group spare;

    /** The one that holds the most, and of several the one that has held so many for longest; null when nobody holds any. */
    FeedbackBook.@Nullable Page largest() {
        return ring.fewer == ring ? null : ring.fewer.first;
    }

    /** Takes in an application that holds nothing yet. */
    void enter(FeedbackBook.Page page) {
        ring.add(page);
    }

    /** The application holds one pair more. */
    void gained(FeedbackBook.Page page) {
        Group from = group(page);
        Group to = from.more;
        if (to.pairs != from.pairs + 1) {
            to = insert(from, from.pairs + 1);
        }
        move(page, from, to);
    }

    /** The application holds one pair less. */
    void lost(FeedbackBook.Page page) {
        Group from = group(page);
        Group to = from.fewer;
        if (to.pairs != from.pairs - 1) {
            to = insert(to, from.pairs - 1);
        }
        move(page, from, to);
    }

    /** Takes an application out. */
    void leave(FeedbackBook.Page page) {
        Group from = group(page);
        from.remove(page);
        drop(from);
    }

    private void move(FeedbackBook.Page page, Group from, Group to) {
        from.remove(page);
        to.add(page);
        drop(from);
    }

    private static Group group(FeedbackBook.Page page) {
        Group group = page.group;
        if (group == null) {
            throw new IllegalStateException("application " + page.application + ": in no group (expected: in one)");
        }
        return group;
    }

    private Group insert(Group behind, int pairs) {
        Group group = spare;
        if (group == null) {
            group = new Group();
        } else {
            spare = group.nextSpare;
        }
        group.pairs = pairs;
        group.fewer = behind;
        group.more = behind.more;
        behind.more.fewer = group;
        behind.more = group;
        return group;
    }

    private void drop(Group group) {
        if (group != ring && group.first == null) {
            group.fewer.more = group.more;
            group.more.fewer = group.fewer;
            group.nextSpare = spare;
            spare = group;
        }
    }

    /** Applications that hold equally many pairs, in the order in which they came. */
    static final class Group {
        private int pairs;
        private Group more = this;
        private Group fewer = this;
        private @Nullable Group nextSpare;
        private FeedbackBook.@Nullable Page first;
        private FeedbackBook.@Nullable Page last;

        private void add(FeedbackBook.Page page) {
            page.group = this;
            page.beside = last;
            page.behind = null;
            if (last == null) {
                first = page;
            } else {
                last.behind = page;
            }
            last = page;
        }

        private void remove(FeedbackBook.Page page) {
            if (page.beside == null) {
                first = page.behind;
            } else {
                page.beside.behind = page.behind;
            }
            if (page.behind == null) {
                last = page.beside;
            } else {
                page.behind.beside = page.beside;
            }
            page.group = null;
            page.beside = null;
            page.behind = null;
        }
    }
}
