package kashidashi;

import java.time.LocalDate;
import java.util.*;

/** 会員が借りている本を記録する図書館。 */
public class Toshokan {
    private final Map<String, LocalDate> lent = new HashMap<>();

    /** 本を三週間だけ貸し出す。 */
    public LocalDate kasu(String title, LocalDate today) {
        if (lent.containsKey(title)) {
            throw new IllegalStateException("その本はすでに貸出中です");
        }
        LocalDate due = today.plusWeeks(3);
        lent.put(title, due);
        return due;
    }

    /** 本を受け取り、遅れた日数に応じて罰金を計算する。 */
    public double henkyaku(String title, LocalDate today) {
        LocalDate due = lent.remove(title);
        // 誰も借りていなければ請求するものはない
        if (due == null || !today.isAfter(due)) {
            return 0;
        }
        return 20 * java.time.temporal.ChronoUnit.DAYS.between(due, today);
    }

    /** ほかの人が予約していなければ期限を延ばす。 */
    public boolean encho(String title, Set<String> wanted) {
        if (wanted.contains(title)) {
            return false;
        }
        return lent.computeIfPresent(title, (t, due) -> due.plusWeeks(1)) != null;
    }

    /** 返却期限を過ぎた本の題名を並べる。 */
    public List<String> overdue(LocalDate date) {
        List<String> list = new ArrayList<>();
        lent.forEach((title, due) -> { if (due.isBefore(date)) list.add(title); });
        return list;
    }
}
