package dev.sluice.config;

import dev.sluice.config.Shape.Key;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Guesses what a person meant who wrote an unknown name. */
final class Suggestions {
    private Suggestions() {}

    /**
     * What to say was expected instead of {@code name}: a key beside it that is spelled alike, else a key of that name in
     * another section, else all the keys there are.
     */
    static String of(String name, String path, Shape.Section shape) {
        List<String> names = shape.keys().stream().map(Key::name).toList();
        String nearest = nearest(Shape.kebab(name), names);
        if (nearest != null) {
            return Binder.join(path, nearest);
        }
        List<String> elsewhere = new ArrayList<>();
        for (Key section : Shape.ROOT.keys()) {
            if (section.shape() instanceof Shape.Section inner && inner.key(name) != null) {
                elsewhere.add(Binder.join(section.name(), name));
            }
        }
        return elsewhere.isEmpty() ? "one of " + String.join(", ", names) : String.join(" or ", elsewhere);
    }

    /** The one of {@code names} that takes the fewest changes to {@code name}; null when none is alike. */
    static @Nullable String nearest(String name, List<String> names) {
        String best = null;
        int least = Math.max(1, name.length() / 3) + 1;
        for (String candidate : names) {
            int distance = distance(name, candidate);
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        return best;
    }

    /** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
    private static int distance(String a, String b) {
        // Far apart anyway; keeps hostile names from costing time.
        if (Math.abs(a.length() - b.length()) > 10) {
            return Integer.MAX_VALUE;
        }
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int least = Math.min(cost[i - 1][j - 1] + change, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    least = Math.min(least, cost[i - 2][j - 2] + 1);
                }
                cost[i][j] = least;
            }
        }
        return cost[a.length()][b.length()];
    }
}
