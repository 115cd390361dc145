import java.util.*;
import java.util.function.*;

/** Scopes of every kind; prints what it computes. */
public class Scopes {
    private static int total = 0;
    private final int size;
    protected String name = "scopes";

    public Scopes(int size) {
        this.size = size;
        total += size;
    }

    int area() { return size * scale(2); }

    private int scale(int by) { return by + this.offset; }

    int offset = 1;

    <T extends Comparable<T>> T largest(List<? extends T> items) {
        T best = null;
        for (T item : items) {
            if (best == null || item.compareTo(best) > 0) best = item;
        }
        return best;
    }

    static class Child extends Scopes {
        int offset = 5;

        Child() { super(3); }

        @Override int area() { return super.area() + offset + own(); }

        private int own() { return name.length(); }

        @Override public String toString() { return "Child " + Inner.COUNT; }

        static final class Inner { static final int COUNT = 4; }
    }

    interface Greeter { String greet(String who); default String twice(String who) { return greet(who) + greet(who); } }

    enum Colour { RED, GREEN { @Override int weight() { return 2; } }; int weight() { return 1; } }

    record Point(int x, int y) { int sum() { return x + y(); } static Point of(int v) { return new Point(v, v); } }

    static String shadow(String total) {
        int size = total.length();
        { int inner = size; size = inner + Scopes.total; }
        Function<Integer, Integer> plus = x -> { int y = x + 1; return y; };
        BiFunction<Integer, Integer, Integer> add = (a, b) -> a + b;
        Supplier<Integer> later = new Scopes(1)::area;
        Runnable none = () -> { };
        none.run();
        return total + size + plus.apply(1) + add.apply(2, 3) + later.get();
    }

    static String patterns(Object value) {
        if (value instanceof String text && !text.isEmpty()) return text;
        if (!(value instanceof Integer number)) return "other";
        return switch (number) { case 1 -> "one"; default -> { String word = "n" + number; yield word; } };
    }

    public static void main(String[] args) throws Exception {
        outer:
        for (int i = 0; i < 3; i++) {
            for (int j = 0; ; j++) { if (j > i) continue outer; if (i == 2) break outer; total++; }
        }
        try (AutoCloseable closing = () -> System.out.println("closed")) {
            throw new IllegalStateException("x");
        } catch (IllegalStateException | IllegalArgumentException error) {
            System.out.println(error.getMessage());
        }
        Scopes scopes = new Scopes(2);
        Greeter hello = who -> "hi " + who;
        Comparator<String> byLength = new Comparator<>() {
            private int calls = 0;
            @Override public int compare(String a, String b) { calls++; return a.length() - b.length(); }
        };
        System.out.println(scopes.area() + " " + new Child().area() + " " + new Child() + " " + hello.twice("you"));
        System.out.println(Colour.GREEN.weight() + Colour.RED.weight() + " " + Point.of(2).sum());
        System.out.println(shadow("abc") + patterns("s") + patterns(1) + patterns(7) + patterns(2.0));
        System.out.println(scopes.largest(List.of(3, 9, 4)) + " " + byLength.compare("a", "bb") + " " + total);
    }
}
