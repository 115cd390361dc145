// Copyright (c) 2024 Somebody
using System;

namespace Example.Caching
{
    /// <summary>
    /// Keeps pages.
    /// </summary>
    [Serializable]
    public sealed class Cache<T> : ICache<T>, IDisposable where T : class
    {
        private readonly Dictionary<string, T> pages = new();

        public event EventHandler Changed;

        /// <summary>Makes a cache.</summary>
        public Cache(int size)
        {
            Size = size;
        }

        ~Cache() { }

        public int Size { get; set; }

        /// <summary>All pages.</summary>
        public int Count
        {
            get { return pages.Count; }
        }

        public T this[string key]
        {
            get { return pages[key]; }
        }

        // Reads one page.
        [Obsolete]
        public async Task<T> Get<TKey>(TKey key) => await Load(key);

        public static Cache<T> operator +(Cache<T> a, Cache<T> b)
        {
            int Sum(int x)
            {
                return x;
            }
            return a;
        }
    }

    public interface ICache<T>
    {
        T Get(string key);
    }

    public record Person(string Name, int Age);

    public struct Point
    {
        public int X;
    }

    public enum Color { Red, Blue }

    public delegate void Handler(object sender);
}
