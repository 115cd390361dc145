package prestamos;

import java.time.LocalDate;
import java.util.*;

/** Lleva la cuenta de los libros que los socios tienen en casa. */
public class Biblioteca {
    private final Map<String, LocalDate> prestados = new HashMap<>();

    /** Presta un libro durante tres semanas. */
    public LocalDate prestar(String titulo, LocalDate hoy) {
        if (prestados.containsKey(titulo)) {
            throw new IllegalStateException("el libro ya está prestado");
        }
        LocalDate vence = hoy.plusWeeks(3);
        prestados.put(titulo, vence);
        return vence;
    }

    /** Recoge el libro y calcula la multa por cada día de retraso. */
    public double devolver(String titulo, LocalDate hoy) {
        LocalDate vence = prestados.remove(titulo);
        // Si nadie lo tenía no hay nada que cobrar.
        if (vence == null || !hoy.isAfter(vence)) {
            return 0;
        }
        return 0.2 * java.time.temporal.ChronoUnit.DAYS.between(vence, hoy);
    }

    /** Amplía el plazo siempre que otra persona no lo haya pedido. */
    public boolean renovar(String titulo, Set<String> solicitados) {
        if (solicitados.contains(titulo)) {
            return false;
        }
        return prestados.computeIfPresent(titulo, (t, vence) -> vence.plusWeeks(1)) != null;
    }

    /** Enumera los títulos que deberían haber vuelto antes de la fecha. */
    public List<String> vencidos(LocalDate fecha) {
        List<String> lista = new ArrayList<>();
        prestados.forEach((titulo, vence) -> { if (vence.isBefore(fecha)) lista.add(titulo); });
        return lista;
    }
}
